import { setTimeout as pause } from 'node:timers/promises';
import { heedInterruption } from '../history/interruption.ts';
import { say } from '../report.ts';
import { lastLines, readNodes, readServices, readTasks } from '../swarm/swarm.ts';
import { type Before, type ServiceState, stateOf, type View } from './service-state.ts';

/** Why a service does not run as it should. */
export type Failure = { service: string; reason: string; task: string | null; log: string };

const settleMs = 3000;
const pollMs = 500;

/** Takes the state of a stack before a deploy. */
export async function lookBefore(stack: string): Promise<Before> {
  const services = await readServices(stack);
  const tasks = await readTasks([...services.values()]);
  return { services, taskIds: new Set(tasks.map(({ ID }) => ID)) };
}

/**
 * Waits until every named service runs its current specification on all its tasks, healthily and for some seconds.
 * `docker stack deploy --detach=false` does not do that: it exits with 0 after a rollback (docker/cli#6752).
 * Gives the failures: none when all is well. Says a line whenever something moves. While Docker cannot answer, as when the
 * swarm elects a new leader, it looks again.
 */
export async function converge(
  stack: string,
  names: string[],
  before: Before,
  timeoutMs = 300_000,
): Promise<Failure[]> {
  const deadline = performance.now() + timeoutMs;
  const news = names.filter(name => !before.services.has(name));
  const said = new Map<string, string>();
  let doneSince: number | null = null;
  while (true) {
    const view = await look(stack).catch((error: Error) => error);
    const late = performance.now() > deadline;
    const states = view instanceof Error ? [unseen(view)] : names.map(name => stateOf(name, view, before));
    for (const { name, progress } of states) {
      if (said.get(name) !== progress) say(`${name.padEnd(9)} ${progress}`);
      said.set(name, progress);
    }
    const failed = states.filter(({ state }) => state === 'failed' || (late && state === 'moving'));
    if (failed.length > 0) return Promise.all(failed.map(one => explain(one, view, before, late)));
    if (states.every(({ state }) => state === 'done')) doneSince ??= performance.now();
    else doneSince = null;
    if (doneSince !== null && performance.now() - doneSince >= holdMs(news, view)) return [];
    await pause(pollMs);
    heedInterruption();
  }
}

/** How long all must be well: as long as an update is watched, where a first start has nobody who watches it. */
function holdMs(news: string[], view: View | Error): number {
  const services = view instanceof Error ? new Map() : view.services;
  const monitors = news.map(name => (services.get(name)?.Spec.UpdateConfig?.Monitor ?? 0) / 1e6);
  return Math.max(settleMs, ...monitors);
}

async function look(stack: string): Promise<View> {
  const [services, nodes] = await Promise.all([readServices(stack), readNodes()]);
  return { services, nodes, tasks: await readTasks([...services.values()]) };
}

function unseen(error: Error): ServiceState {
  return { name: 'the swarm', state: 'moving', progress: `cannot be looked at: ${error.message}` };
}

async function explain(
  { name, state, progress }: ServiceState,
  view: View | Error,
  before: Before,
  late: boolean,
): Promise<Failure> {
  const reason = late && state === 'moving' ? `did not get there in time: ${progress}` : progress;
  if (view instanceof Error) return { service: name, reason, task: null, log: '' };
  const service = view.services.get(name);
  const task = view.tasks
    .filter(
      ({ ServiceID, ID, Status }) =>
        ServiceID === service?.ID && !before.taskIds.has(ID) && Status.State !== 'running',
    )
    .sort((one, other) => other.CreatedAt.localeCompare(one.CreatedAt))
    .sort((one, other) => Number(other.Status.Err !== undefined) - Number(one.Status.Err !== undefined))[0];
  const node = view.nodes.find(({ ID }) => ID === task?.NodeID)?.Description.Hostname;
  const error = task && `${task.Status.Err ?? task.Status.Message ?? task.Status.State}`;
  return {
    service: name,
    reason,
    task: task ? `${name}.${task.Slot ?? node}${node ? ` on ${node}` : ''}: ${error}` : null,
    log: task?.Status.ContainerStatus?.ContainerID ? await lastLines(task) : '',
  };
}
