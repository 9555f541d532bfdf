import { setTimeout as pause } from 'node:timers/promises';
import {
  lastLines,
  type Node,
  readNodes,
  readServices,
  readTasks,
  type Service,
  type Task,
} from './swarm.ts';

/** The services of a stack before a deploy, to tell what happened since. */
export type Before = { services: Map<string, Service>; taskIds: Set<string> };

/** Why a service does not run as it should. */
export type Failure = { service: string; reason: string; task: string | null; log: string };

const settleMs = 3000;
const pollMs = 1500; // each look starts six docker clients, on a machine that may have better to do
const failuresTolerated = 3;

/** Takes the state of a stack before a deploy. */
export async function lookBefore(stack: string): Promise<Before> {
  const services = await readServices(stack);
  const tasks = await readTasks([...services.values()]);
  return { services, taskIds: new Set(tasks.map(({ ID }) => ID)) };
}

/**
 * Waits until every named service runs its current specification on all its tasks, healthily and for some seconds.
 * `docker stack deploy --detach=false` does not do that: it exits with 0 after a rollback (docker/cli#6752).
 * Gives the failures: none when all is well. `say` gets a line whenever something moves.
 */
export async function converge(
  stack: string,
  names: string[],
  before: Before,
  timeoutMs: number,
  say: (line: string) => void,
): Promise<Failure[]> {
  const deadline = performance.now() + timeoutMs;
  const said = new Map<string, string>();
  let doneSince: number | null = null;
  while (true) {
    const view = await look(stack);
    const states = names.map(name => stateOf(name, view, before));
    for (const { name, progress } of states) {
      if (said.get(name) !== progress) say(`${name.padEnd(9)} ${progress}`);
      said.set(name, progress);
    }
    const late = performance.now() > deadline;
    const failed = states.filter(({ state }) => state === 'failed' || (late && state === 'moving'));
    if (failed.length > 0)
      return Promise.all(failed.map(({ name, progress }) => explain(name, progress, view, before, late)));
    if (states.every(({ state }) => state === 'done')) doneSince ??= performance.now();
    else doneSince = null;
    if (doneSince !== null && performance.now() - doneSince >= settleMs) return [];
    await pause(pollMs);
  }
}

type View = { services: Map<string, Service>; tasks: Task[]; nodes: Node[] };

type ServiceState = { name: string; state: 'done' | 'moving' | 'failed'; progress: string };

async function look(stack: string): Promise<View> {
  const [services, nodes] = await Promise.all([readServices(stack), readNodes()]);
  return { services, nodes, tasks: await readTasks([...services.values()]) };
}

function stateOf(name: string, view: View, before: Before): ServiceState {
  const service = view.services.get(name);
  if (!service) return { name, state: 'moving', progress: 'is not there yet' };
  const update = updateSince(service, before.services.get(name));
  if (update && /^(paused|rollback)/.test(update.State)) {
    return {
      name,
      state: 'failed',
      progress: `was rolled back by the swarm: ${update.Message ?? update.State}`,
    };
  }
  const tasks = view.tasks.filter(({ ServiceID }) => ServiceID === service.ID);
  const failures = tasks.filter(
    task => !before.taskIds.has(task.ID) && /^(failed|rejected)$/.test(task.Status.State),
  );
  if (!before.services.has(name) && failures.length >= failuresTolerated) {
    return { name, state: 'failed', progress: `failed to start ${failures.length} times` };
  }
  const running = tasks.filter(
    task => task.Status.State === 'running' && task.DesiredState === 'running' && runsSpec(task, service),
  );
  const leaving = tasks.filter(
    task =>
      task.DesiredState !== 'running' && task.Status.State === 'running' && isOnReadyNode(task, view.nodes),
  );
  const wanted = wantedTasks(service, view.nodes);
  const progress = `${running.length} of ${wanted} run it${leaving.length > 0 ? `, ${leaving.length} of before are stopping` : ''}${update?.State === 'updating' ? ', being watched' : ''}`;
  const isDone = running.length === wanted && leaving.length === 0 && update?.State !== 'updating';
  return { name, state: isDone ? 'done' : 'moving', progress };
}

/** The service's update, if it began after `earlier` was looked at. */
function updateSince(service: Service, earlier: Service | undefined): Service['UpdateStatus'] {
  const { UpdateStatus: update } = service;
  return update && update.StartedAt !== earlier?.UpdateStatus?.StartedAt ? update : undefined;
}

function runsSpec(task: Task, service: Service): boolean {
  const { TaskTemplate: wanted } = service.Spec;
  const sameContainer = essenceOf(task.Spec.ContainerSpec) === essenceOf(wanted.ContainerSpec);
  return sameContainer && (task.Spec.ForceUpdate ?? 0) === (wanted.ForceUpdate ?? 0);
}

/** A specification as text. A task leaves out what is empty in its service's. */
function essenceOf(specification: object): string {
  return JSON.stringify(specification, (_key, value) => (isEmpty(value) ? undefined : value));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && (value === null || Object.keys(value).length === 0);
}

function wantedTasks(service: Service, nodes: Node[]): number {
  const { Replicated: replicated } = service.Spec.Mode;
  if (replicated) return replicated.Replicas;
  return nodes.filter(({ Spec, Status }) => Spec.Availability === 'active' && Status.State === 'ready')
    .length;
}

function isOnReadyNode(task: Task, nodes: Node[]): boolean {
  return nodes.some(({ ID, Status }) => ID === task.NodeID && Status.State === 'ready');
}

async function explain(
  name: string,
  progress: string,
  view: View,
  before: Before,
  late: boolean,
): Promise<Failure> {
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
    reason: late ? `did not get there in time: ${progress}` : progress,
    task: task ? `${name}.${task.Slot ?? node}${node ? ` on ${node}` : ''}: ${error}` : null,
    log: task?.Status.ContainerStatus?.ContainerID ? await lastLines(task) : '',
  };
}
