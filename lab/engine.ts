import { join } from 'node:path';
import { type RunOptions, run } from './run.ts';

const script = join(import.meta.dirname, 'engine.sh');
let client: Promise<string> | undefined;

/** The path of the `docker` to use on this machine; installs and starts an engine where none answers. */
export function dockerClient(): Promise<string> {
  client ??= run('bash', [script], { showMessages: true });
  return client;
}

/** Runs `docker ARGS…` on this machine's engine and gives its output. Throws where it fails. */
export async function docker(args: string[], options?: RunOptions): Promise<string> {
  return run(await dockerClient(), args, options);
}

/** Stops the engine that `dockerClient` started; one that was there before is left alone. */
export async function stopEngine(): Promise<void> {
  await run('bash', [script, 'stop'], { showMessages: true });
  client = undefined;
}
