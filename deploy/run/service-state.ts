import type { Node, Service, Task } from '../swarm/swarm.ts';

/** What is seen of a stack at one moment. */
export type View = { services: Map<string, Service>; tasks: Task[]; nodes: Node[] };

/** The services of a stack before a deploy, to tell what happened since. */
export type Before = { services: Map<string, Service>; taskIds: Set<string> };

/** Whether a service runs its specification, still may, or will not; and how far it is, in words. */
export type ServiceState = { name: string; state: 'done' | 'moving' | 'failed'; progress: string };

const failuresTolerated = 2;

/** The state of a service, judged only by what happened since `before`. */
export function stateOf(name: string, view: View, before: Before): ServiceState {
  const service = view.services.get(name);
  if (!service) return { name, state: 'moving', progress: 'is not there yet' };
  const update = updateSince(service, before.services.get(name));
  // Not before it has ended: who touches a service in the middle of its rollback may leave a task too many.
  if (update?.State === 'rollback_started')
    return { name, state: 'moving', progress: 'is being rolled back by the swarm' };
  if (update && /^(paused|rollback_paused|rollback_completed)$/.test(update.State)) {
    const why = update.Message ?? update.State;
    return { name, state: 'failed', progress: `was rolled back by the swarm: ${why}` };
  }
  const tasks = view.tasks.filter(({ ServiceID }) => ServiceID === service.ID);
  const failures = tasks.filter(
    ({ ID, Status }) => !before.taskIds.has(ID) && /^(failed|rejected)$/.test(Status.State),
  );
  // Who was never there has no update that the swarm could roll back.
  if (!before.services.has(name) && failures.length > failuresTolerated)
    return { name, state: 'failed', progress: `failed to start ${failures.length} times` };
  const started = tasks.filter(({ Status }) => Status.State === 'running');
  const running = started.filter(task => task.DesiredState === 'running' && runsSpec(task, service)).length;
  const leaving = started.filter(
    task => task.DesiredState !== 'running' && isOnReadyNode(task, view.nodes),
  ).length;
  const wanted = wantedTasks(service, view.nodes);
  const isWatched = update?.State === 'updating';
  const progress = [
    `${running} of ${wanted} run it`,
    leaving > 0 && `${leaving} of before are stopping`,
    isWatched && 'being watched',
  ];
  const isDone = running === wanted && leaving === 0 && !isWatched;
  return { name, state: isDone ? 'done' : 'moving', progress: progress.filter(Boolean).join(', ') };
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
  const { Constraints: constraints = [] } = service.Spec.TaskTemplate.Placement ?? {};
  const suits = ({ Spec: { Labels } }: Node) =>
    constraints.every(text => {
      const [, label = '', value] = /^node\.labels\.(\S+) == (\S+)$/.exec(text) ?? [];
      return Labels[label] === value;
    });
  return replicated ? replicated.Replicas : nodes.filter(isInService).filter(suits).length;
}

/** Whether a node takes tasks. */
export function isInService({ Spec, Status }: Node): boolean {
  return Spec.Availability === 'active' && Status.State === 'ready';
}

function isOnReadyNode(task: Task, nodes: Node[]): boolean {
  return nodes.some(({ ID, Status }) => ID === task.NodeID && Status.State === 'ready');
}
