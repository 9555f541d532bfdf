import { setTimeout as pause } from 'node:timers/promises';
import { heedInterruption } from '../history/interruption.ts';
import { keep, readKept, removeKept } from '../history/kept.ts';
import { type Logins, registryOf } from '../publish/registry.ts';
import { isInService } from '../run/service-state.ts';
import { engine } from '../swarm/engine.ts';
import { lastLines, type Node, readNodes, readTasks, type Service, type Task } from '../swarm/swarm.ts';

/** Something to be done once on every node. */
export type Errand = {
  /** What the service is called, after the stack. */
  name: string;
  /** TypeScript that imports nothing but Node.js, which the image must have; it reads `wanted` as JSON from WANTED. */
  program: string;
  image: string;
  wanted: object;
  logins: Logins;
  /** Beside the node's engine, whose socket it has, and the logins; or in the node's network. */
  at: 'engine' | 'network';
  patienceMs: number;
};

/** What a node printed, and why it did not end well. */
export type Reply = { node: string; lines: string[]; reason: string };

const anewNs = 60e9;
const quarterOfACore = 250_000_000; // those who serve need the rest
const label = 'motorpool.errand-of';
const electionMs = 15_000; // a new leader is elected within seconds
const ended = /^(complete|failed|rejected)$/;

/** Whether the image has no Node.js: a service 1 of somebody's own may be of another language. */
export function hasNoNode({ reason }: Reply): boolean {
  return /executable file not found/.test(reason);
}

/**
 * Runs a program once on every node that takes tasks, and gives the replies of those on which it did not end well. It is
 * a service beside the stack, one at a time, and is gone afterwards. Throws a DockerError.
 */
export async function onEveryNode(stack: string, errand: Errand): Promise<Reply[]> {
  await clearAway(stack);
  const isSecret = errand.at === 'engine' && Object.keys(errand.logins).length > 0;
  const secret = isSecret ? await keepLogins(stack, errand.logins) : null;
  try {
    const login = errand.logins[registryOf(errand.image)];
    const how = login ? { headers: { 'x-registry-auth': login } } : {};
    const create = () => engine.post<Service>('/services/create', jobOf(stack, errand, secret), {}, how);
    const service = await patiently(create, performance.now() + electionMs);
    return await replies(service, errand.patienceMs);
  } finally {
    await clearAway(stack).catch(() => {}); // what is left goes before the next one
  }
}

/** While the swarm elects a leader it answers nothing; the nodes go on. */
async function patiently<Value>(ask: () => Promise<Value>, deadline: number): Promise<Value> {
  while (true) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(300);
    }
  }
}

async function clearAway(stack: string): Promise<void> {
  const filters = { label: [`${label}=${stack}`] };
  for (const { ID } of await engine.get<Service[]>('/services', { filters }))
    await engine.remove(`/services/${ID}`);
  for (const { Spec } of await readKept('secrets', filters))
    await removeKept('secrets', Spec.Name).catch(() => {});
}

async function keepLogins(stack: string, logins: Logins): Promise<object> {
  const SecretName = `${stack}-logins-${Date.now()}`;
  const SecretID = await keep('secrets', SecretName, { [label]: stack }, JSON.stringify(logins));
  return { SecretID, SecretName, File: { Name: 'logins', UID: '0', GID: '0', Mode: 0o400 } };
}

function jobOf(stack: string, { name, program, image, wanted, at }: Errand, secret: object | null): object {
  const socket = '/var/run/docker.sock';
  const besideEngine = {
    User: '0', // whom the socket lets in
    Mounts: [{ Type: 'bind', Source: socket, Target: socket }],
    Secrets: secret ? [secret] : [],
  };
  const ContainerSpec = {
    Image: image,
    Command: ['node', '--input-type=module-typescript', '--eval', program],
    Env: [`WANTED=${JSON.stringify(wanted)}`, 'NODE={{.Node.ID}}', 'NODE_OPTIONS='],
    ReadOnly: true,
    CapabilityDrop: ['ALL'],
    Healthcheck: { Test: ['NONE'] },
    ...(at === 'engine' && besideEngine),
  };
  return {
    Name: `${stack}-${name}`,
    Labels: { [label]: stack },
    Mode: { GlobalJob: {} },
    TaskTemplate: {
      ContainerSpec,
      Networks: at === 'network' ? [{ Target: 'host' }] : [],
      Resources: { Limits: { NanoCPUs: quarterOfACore } },
      LogDriver: { Name: 'json-file' }, // whatever an engine does otherwise
      // Where it has failed a job begins anew whatever its condition, and all have to wait for the last node.
      RestartPolicy: { Condition: 'none', Delay: anewNs },
    },
  };
}

async function replies(service: Pick<Service, 'ID'>, patienceMs: number): Promise<Reply[]> {
  const deadline = performance.now() + patienceMs;
  while (true) {
    const { nodes, tasks } = await patiently(() => look(service), deadline);
    // The first: whatever its restart policy says, a job begins anew where it has failed.
    const endedOn = (id: string) =>
      tasks.find(({ NodeID, Status }) => NodeID === id && ended.test(Status.State));
    if (performance.now() > deadline || nodes.every(({ ID }) => endedOn(ID))) {
      const all = nodes.map(node => replyOf(node.Description.Hostname, endedOn(node.ID), patienceMs));
      return (await Promise.all(all)).flat();
    }
    await pause(300);
    heedInterruption();
  }
}

async function look(service: Pick<Service, 'ID'>): Promise<{ nodes: Node[]; tasks: Task[] }> {
  const nodes = (await readNodes()).filter(isInService);
  const tasks = await readTasks([service]);
  return { nodes, tasks: tasks.sort((one, other) => one.CreatedAt.localeCompare(other.CreatedAt)) };
}

async function replyOf(node: string, task: Task | undefined, patienceMs: number): Promise<Reply[]> {
  if (!task) return [{ node, lines: [], reason: `is not done after ${patienceMs / 1000} s` }];
  const { State: state, Err: error } = task.Status;
  if (state === 'complete') return [];
  const lines = state === 'failed' ? (await lastLines(task, 50)).split('\n').filter(Boolean) : [];
  return [{ node, lines, reason: error ?? state }];
}
