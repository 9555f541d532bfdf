import { type StackFile, textOf } from '../publish/stack-file.ts';
import { docker } from '../swarm/docker.ts';
import { converge, type Failure, lookBefore } from './converge.ts';
import type { Before } from './service-state.ts';

const timeoutMs = 300_000;

/**
 * Gives a stack file to the swarm and waits until it is true. Gives the failures: none when all is well. What Docker
 * says it ignores is a failure too: it would be a promise of the file that nobody keeps. Throws a DockerError.
 */
export async function apply(stack: string, file: StackFile, say: (line: string) => void): Promise<Failure[]> {
  const before = await lookBefore(stack);
  const ignored = await giveToSwarm(stack, file);
  if (ignored) {
    const reason = `holds what a swarm does not do: ${ignored}`;
    return [{ service: 'the stack file', reason, task: null, log: '' }];
  }
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

/** Docker's line about what it ignores of the file, if there is one. */
async function giveToSwarm(stack: string, file: StackFile): Promise<string | undefined> {
  const how = ['--with-registry-auth', '--detach=true', '--prune', '--compose-file', '-'];
  const { stdout, stderr } = await docker(['stack', 'deploy', ...how, stack], { input: textOf(file) });
  return `${stdout}${stderr}`
    .split('\n')
    .find(line => /^Ignoring (unsupported|deprecated) options/.test(line));
}
