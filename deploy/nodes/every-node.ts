import { setTimeout as pause } from 'node:timers/promises';
import { keep, readKept, removeKept } from '../history/kept.ts';
import { type Logins, registryOf } from '../publish/registry.ts';
import { isInService } from '../run/service-state.ts';
import { engine } from '../swarm/engine.ts';
import { lastLines, readNodes, readTasks, type Service, type Task } from '../swarm/swarm.ts';

/** Something to be done once on every node. */
export type Errand = {
  /** What it is called; one at a time of a stack. */
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

/** What a node said or, with no lines, why it did not do it. */
export type Reply = { node: string; lines: string[]; reason: string };

const quarterOfACore = 250_000_000; // those who serve need the rest
const loginsLabel = 'motorpool.logins-of';
const ended = /^(complete|failed|rejected)$/;

/**
 * Runs a program once on every node that takes tasks, and gives the replies of those on which it did not end well. It is
 * a service beside the stack, and is gone afterwards. Throws a DockerError.
 */
export async function onEveryNode(stack: string, errand: Errand): Promise<Reply[]> {
  const name = `${stack}-${errand.name}`;
  await clearAway(stack, name);
  const isSecret = errand.at === 'engine' && Object.keys(errand.logins).length > 0;
  const secret = isSecret ? await keepLogins(stack, errand.logins) : null;
  try {
    const login = errand.logins[registryOf(errand.image)];
    const how = login ? { headers: { 'x-registry-auth': login } } : {};
    await engine.post('/services/create', jobOf(name, errand, secret), {}, how);
    return await replies(await engine.get<Service>(`/services/${name}`), errand.patienceMs);
  } finally {
    await clearAway(stack, name);
  }
}

async function clearAway(stack: string, name: string): Promise<void> {
  await engine.remove(`/services/${name}`).catch(() => {}); // there is none but after a kill
  const secrets = await readKept('secrets', { label: [`${loginsLabel}=${stack}`] });
  for (const { Spec } of secrets) await removeKept('secrets', Spec.Name).catch(() => {});
}

async function keepLogins(stack: string, logins: Logins): Promise<object> {
  const SecretName = `${stack}-logins-${Date.now()}`;
  const SecretID = await keep('secrets', SecretName, { [loginsLabel]: stack }, JSON.stringify(logins));
  return { SecretID, SecretName, File: { Name: 'logins', UID: '0', GID: '0', Mode: 0o400 } };
}

function jobOf(name: string, { program, image, wanted, at }: Errand, secret: object | null): object {
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
    Name: name,
    Mode: { GlobalJob: {} },
    TaskTemplate: {
      ContainerSpec,
      Networks: at === 'network' ? [{ Target: 'host' }] : [],
      Resources: { Limits: { NanoCPUs: quarterOfACore } },
      RestartPolicy: { Condition: 'none' },
    },
  };
}

async function replies(service: Service, patienceMs: number): Promise<Reply[]> {
  const deadline = performance.now() + patienceMs;
  while (true) {
    const nodes = (await readNodes()).filter(isInService);
    const tasks = await readTasks([service]);
    const taskOn = (id: string) => tasks.find(({ NodeID }) => NodeID === id);
    const isLate = performance.now() > deadline;
    if (isLate || nodes.every(({ ID }) => ended.test(taskOn(ID)?.Status.State ?? ''))) {
      const all = nodes.map(node => replyOf(node.Description.Hostname, taskOn(node.ID), patienceMs));
      return (await Promise.all(all)).flat();
    }
    await pause(300);
  }
}

async function replyOf(node: string, task: Task | undefined, patienceMs: number): Promise<Reply[]> {
  const { State: state = 'new', Err: error } = task?.Status ?? {};
  if (state === 'complete') return [];
  if (!task || !ended.test(state))
    return [{ node, lines: [], reason: `is not done after ${patienceMs / 1000} s` }];
  const lines = state === 'failed' ? (await lastLines(task, 50)).split('\n').filter(Boolean) : [];
  return [{ node, lines, reason: error ?? state }];
}
