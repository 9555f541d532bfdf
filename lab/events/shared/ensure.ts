import { rm } from 'node:fs/promises';
import { credentialsFolder } from '../../credentials.ts';
import { ensureBareNode } from '../../host-state.ts';
import { dockerOn, inNode, nodeNumber, nodes, removeNode, startNode } from '../../nodes.ts';
import { services } from '../../release.ts';
import type { Stack } from '../../stack.ts';
import { until } from '../../until.ts';

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
  const tasks = (await Promise.all(names.map(stack.running))).flat();
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

/** The first person in a taxi, in the colours of colours.json. */
export const amberTaxi = 'Amelia drives an amber taxi.\n';

/** Draws the first person in a taxi several times through every NGINX, and gives what else than `sentence` came. */
export async function wrongDraws(stack: Stack, sentence: string): Promise<string[]> {
  const addresses = Array.from({ length: 4 }, () => stack.targets).flat();
  const headers = { Accept: 'text/plain' };
  const drawn = await Promise.all(
    addresses.map(async address => {
      const answer = await fetch(`${address}/draws/1/taxi`, { headers, signal: AbortSignal.timeout(5000) });
      return answer.text();
    }),
  );
  const wrong = drawn.filter(text => text !== sentence).map(text => text.trim());
  return [...new Set(wrong)].map(text => `person 1 is drawn as "${text}"`);
}

/** Sees to it that a node runs, takes tasks and serves, and that every service has all its tasks. */
export async function ensureNodeServes(stack: Stack, number: 1 | 2 | 3): Promise<void> {
  const node = nodeNumber(number);
  await startNode(node);
  await stack.docker(['node', 'update', '--availability', 'active', node.name]);
  await until(
    `NGINX of ${node.name} answers`,
    async () => (await fetch(`http://${node.address}/health`)).ok,
    90,
  );
  await stack.settled();
}

/** Makes the first `managers` nodes of the swarm managers, the others workers, and waits until all of them agree. */
export async function setManagers(managers: number): Promise<void> {
  const [first] = nodes;
  if (!first) throw new Error('A swarm needs a node.');
  for (const [index, { name }] of nodes.entries())
    if (index > 0) await dockerOn(first, ['node', index < managers ? 'promote' : 'demote', name]);
  await until('the swarm is complete', async () => {
    const states = await dockerOn(first, ['node', 'ls', '--format', '{{.Status}} {{.ManagerStatus}}']);
    const ready = states.split('\n').filter(state => state.startsWith('Ready'));
    return ready.length === nodes.length && ready.filter(isManager).length === managers;
  });
}

function isManager(state: string): boolean {
  return state.endsWith('Leader') || state.endsWith('Reachable');
}

/** Sees to it that the nodes have not even the packages of an engine, and the controller no key of a registry. */
export async function ensureBare(): Promise<void> {
  await rm(credentialsFolder, { recursive: true, force: true });
  for (const node of nodes) {
    if ((await inNode(node, 'command -v dockerd; true')) !== '') await removeNode(node);
  }
  await ensureBareNode(...nodes);
}
