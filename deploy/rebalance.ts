import { readReleases, runningOf } from './history/releases.ts';
import { keepImages, lookPatienceMs } from './nodes/keep-images.ts';
import { DeployError, failuresText, say } from './report.ts';
import { verifyRunning } from './run/bring-about.ts';
import { converge, lookBefore } from './run/converge.ts';
import { isInService } from './run/service-state.ts';
import { docker } from './swarm/docker.ts';
import { readNodes, readServices, readTasks, type Service } from './swarm/swarm.ts';

/**
 * Spreads the tasks over all nodes again, one service at a time: a swarm leaves them where they are when a node comes
 * back (moby/moby#24103). Where the nodes differ by one task at most, nothing is touched. Draws on every node in the end.
 * Throws a DeployError.
 */
export async function rebalance(stack: string): Promise<void> {
  const { file } = runningOf(await readReleases(stack), await readServices(stack)) ?? {};
  const moved = new Set<string>();
  for (let name = await mostSkewed(stack, moved); name; name = await mostSkewed(stack, moved)) {
    say(`${name} starts its tasks anew, one after the other, so that they spread`);
    if (file && moved.size === 0) await keepImages(stack, file, [name], lookPatienceMs);
    moved.add(name);
    const before = await lookBefore(stack);
    await docker(['service', 'update', '--force', '--detach', `${stack}_${name}`]);
    const failures = await converge(stack, [name], before);
    if (failures.length > 0) throw new DeployError(failuresText(failures));
  }
  await verifyRunning(stack);
}

/** A service, not moved yet, that has tasks on the fullest node and none on the emptiest; undefined if all is even. */
async function mostSkewed(stack: string, moved: Set<string>): Promise<string | undefined> {
  const services = [...(await readServices(stack))].filter(([, { Spec }]) => isFree(Spec));
  const tasks = (await readTasks(services.map(([, service]) => service))).filter(
    task => task.DesiredState === 'running',
  );
  const nodes = (await readNodes()).filter(isInService);
  const tasksOn = nodes
    .map(({ ID }) => tasks.filter(({ NodeID }) => NodeID === ID))
    .sort((one, other) => one.length - other.length);
  const [emptiest = [], fullest = []] = [tasksOn.at(0), tasksOn.at(-1)];
  if (fullest.length - emptiest.length <= 1) return undefined;
  const has = (node: typeof tasks, id: string) => node.some(({ ServiceID }) => ServiceID === id);
  return services.find(([name, { ID }]) => !moved.has(name) && has(fullest, ID) && !has(emptiest, ID))?.[0];
}

/** Whether a service may run on any node: neither on all of them nor on one. */
function isFree({ Mode, TaskTemplate }: Service['Spec']): boolean {
  return Mode.Replicated !== undefined && !TaskTemplate.Placement?.Constraints?.length;
}
