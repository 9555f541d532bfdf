import { type Before, converge, type Failure, lookBefore } from './converge.ts';
import { docker } from './docker.ts';
import { type StackFile, textOf } from './stack-file.ts';

const timeoutMs = 300_000;

/**
 * Gives a stack file to the swarm and waits until it is true. Gives the failures: none when all is well.
 * What Docker says it ignores is a failure too: it would be a promise of the file that nobody keeps.
 */
export async function apply(stack: string, file: StackFile, say: (line: string) => void): Promise<Failure[]> {
  const before = await lookBefore(stack);
  const given = await giveToSwarm(stack, file);
  if (given !== null) return [{ service: 'the stack file', reason: given, task: null, log: '' }];
  return converge(stack, Object.keys(file.services), before, timeoutMs, say);
}

/** Waits, without changing anything, until what was asked for is true. */
export function watch(
  stack: string,
  names: string[],
  before: Before,
  say: (line: string) => void,
): Promise<Failure[]> {
  return converge(stack, names, before, timeoutMs, say);
}

async function giveToSwarm(stack: string, file: StackFile): Promise<string | null> {
  const args = [
    'stack',
    'deploy',
    '--with-registry-auth',
    '--detach=true',
    '--prune',
    '--compose-file',
    '-',
    stack,
  ];
  try {
    const { stdout, stderr } = await docker(args, { input: textOf(file) });
    const ignored = `${stdout}${stderr}`
      .split('\n')
      .find(line => /^Ignoring (unsupported|deprecated) options/.test(line));
    return ignored ? `holds what a swarm does not do: ${ignored}` : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
