import { imagesOf, isPinned } from '../publish/images.ts';
import { type StackFile, textOf } from '../publish/stack-file.ts';
import { docker } from '../swarm/docker.ts';
import { converge, type Failure, lookBefore } from './converge.ts';

/**
 * Gives a stack file to the swarm and waits until it is true. Gives the failures: none when all is well. What Docker
 * says it ignores is a failure too: it would be a promise of the file that nobody keeps. An image without a digest is
 * none that a node is given. Throws a DockerError.
 */
export async function apply(stack: string, file: StackFile): Promise<Failure[]> {
  const unpinned = [...imagesOf(file)].filter(([, image]) => !isPinned(image));
  if (unpinned.length > 0)
    return unpinned.map(([service, task]) => ({
      service,
      reason: 'has an image without a digest',
      task,
      log: '',
    }));
  const before = await lookBefore(stack);
  const ignored = await giveToSwarm(stack, file);
  if (ignored) {
    const reason = `holds what a swarm does not do: ${ignored}`;
    return [{ service: 'the stack file', reason, task: null, log: '' }];
  }
  return converge(stack, Object.keys(file.services), before);
}

/** Docker's line about what it ignores of the file, if there is one. */
async function giveToSwarm(stack: string, file: StackFile): Promise<string | undefined> {
  // Without `--resolve-image never` it asks the registry for every image again, as if its digest said nothing.
  const asIs = ['--resolve-image', 'never', '--with-registry-auth'];
  const how = [...asIs, '--detach=true', '--prune', '--compose-file', '-'];
  const { stdout, stderr } = await docker(['stack', 'deploy', ...how, stack], { input: textOf(file) });
  return `${stdout}${stderr}`
    .split('\n')
    .find(line => /^Ignoring (unsupported|deprecated) options/.test(line));
}
