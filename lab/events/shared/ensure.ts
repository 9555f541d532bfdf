import { rm } from 'node:fs/promises';
import { credentialsFolder } from '../../credentials.ts';
import { ensureBareNode } from '../../host-state.ts';
import { dockerOn, inNode, type LabNode, nodeNumber, nodes, removeNode, startNode } from '../../nodes.ts';
import { services } from '../../release.ts';
import type { RunningTask, Stack } from '../../stack.ts';
import { until } from '../../until.ts';
import { amberTaxi, wrongDraws } from './draws.ts';

/** The version that every event but the updates starts from and leaves behind. */
export const good = '1.1.0';

/** Sees to it that services run in a version, without a look at what that costs. */
export async function ensureVersion(
  stack: Stack,
  names: readonly string[] = services,
  version = good,
): Promise<void> {
  if (await isIn(stack, version, names)) return;
  const only = names.length < services.length ? names.flatMap(name => ['--only', name]) : [];
  await ensureDeployed(stack, ['--version', version, ...only]);
}

/** Whether services have both their tasks, and these run a version. */
export async function isIn(
  stack: Stack,
  version: string,
  names: readonly string[] = services,
): Promise<boolean> {
  const tasks = await stack.running(...names);
  return tasks.length === 2 * names.length && tasks.every(({ image }) => image.endsWith(`:${version}`));
}

/** Runs the deploy command, and throws with the end of what it said if it fails. */
export async function ensureDeployed(stack: Stack, args: string[], folder?: string): Promise<void> {
  const { code, output } = await stack.deploy(args, folder);
  if (code !== 0) throw new Error(`\`deploy ${args.join(' ')}\` failed: ${output.slice(-1500)}`);
}

/** Sees to it that everybody is drawn by the stack file, colours and settings of this folder, in the good version. */
export async function ensureGoodDraws(stack: Stack): Promise<void> {
  const wrong = await wrongDraws(stack, amberTaxi).catch(() => ['none']);
  if (wrong.length > 0) await ensureDeployed(stack, ['--version', good]);
}

/** The tasks of the four services that run on a node. */
export async function tasksOn(stack: Stack, { name }: LabNode): Promise<RunningTask[]> {
  return (await stack.running(...services)).filter(({ node }) => node.name === name);
}

/** Sees to it that nodes run, take tasks and serve, and that every service has all its tasks. */
export async function ensureServing(stack: Stack, ...serving: LabNode[]): Promise<void> {
  for (const node of serving) {
    await startNode(node);
    // Refused as out of sequence while the swarm itself notes something of a node that comes back.
    const isActive = () =>
      stack.docker(['node', 'update', '--availability', 'active', node.name]).then(() => true);
    await until(`${node.name} takes tasks`, isActive);
    const answers = async () => (await fetch(`http://${node.address}/health`)).ok;
    await until(`NGINX of ${node.name} answers`, answers, 90);
  }
  await stack.settled();
}

/** Makes the first `managers` nodes of the swarm managers, the others workers, and waits until all of them agree. */
export async function setManagers(managers: number): Promise<void> {
  const first = nodeNumber(1);
  const others = nodes.slice(1).map(({ name }) => name);
  const isComplete = async () => {
    for (const [index, name] of others.entries())
      await dockerOn(first, ['node', index + 1 < managers ? 'promote' : 'demote', name]);
    const states = await dockerOn(first, ['node', 'ls', '--format', '{{.Status}} {{.ManagerStatus}}']);
    const ready = states.split('\n').filter(state => state.startsWith('Ready'));
    const are = ready.filter(state => /Leader|Reachable/.test(state));
    return ready.length === nodes.length && are.length === managers;
  };
  await until(`the swarm has ${managers} managers, and all nodes`, isComplete, 120);
}

/** Sees to it that the nodes have not even the packages of an engine, and the controller no key of a registry. */
export async function ensureBare(): Promise<void> {
  await rm(credentialsFolder, { recursive: true, force: true });
  for (const node of nodes) {
    if ((await inNode(node, 'command -v dockerd; true')) !== '') await removeNode(node);
  }
  await ensureBareNode(...nodes);
}
