import { dockerClient } from './engine.ts';
import { run } from './run.ts';

/** Which of the texts stand in an image of this machine's engine: in any file of any layer, or in its history. */
export async function foundInImage(image: string, texts: string[]): Promise<Set<string>> {
  const search = `"$0" save "$1" | grep --text --only-matching --fixed-strings --file=<(printf %s "$TEXTS") | sort -u`;
  // In the environment and not in the arguments, where everybody on this machine could read them.
  const environment = { TEXTS: texts.join('\n'), LC_ALL: 'C' };
  const found = await run('bash', ['-c', search, await dockerClient(), image], { environment });
  return new Set(found.split('\n').filter(line => line !== ''));
}
