import { dockerOn, type LabNode, nodes } from './nodes.ts';
import { until } from './until.ts';

/** Makes one swarm of the nodes: the first `managers` of them are managers, the others workers. */
export async function formSwarm(managers: number): Promise<void> {
  const [first, ...others] = nodes;
  if (!first) throw new Error('A swarm needs a node.');
  if (!(await isInSwarm(first))) await initSwarm(first);
  for (const [index, node] of others.entries()) {
    const role = index + 1 < managers ? 'manager' : 'worker';
    if (!(await isInSwarm(node))) await join(node, first, role);
    if ((await roleOf(first, node)) !== role)
      await dockerOn(first, ['node', role === 'manager' ? 'promote' : 'demote', node.name]);
  }
  await until('the swarm is complete', async () => {
    const states = await dockerOn(first, ['node', 'ls', '--format', '{{.Status}} {{.ManagerStatus}}']);
    const ready = states.split('\n').filter(state => state.startsWith('Ready'));
    return ready.length === nodes.length && ready.filter(isManager).length === managers;
  });
}

function isManager(state: string): boolean {
  return state.endsWith('Leader') || state.endsWith('Reachable');
}

async function isInSwarm(node: LabNode): Promise<boolean> {
  return (await dockerOn(node, ['info', '--format', '{{.Swarm.LocalNodeState}}'])) === 'active';
}

async function initSwarm(node: LabNode): Promise<void> {
  const pool = ['--default-addr-pool', '10.77.0.0/16', '--default-addr-pool-mask-length', '24'];
  await dockerOn(node, ['swarm', 'init', '--advertise-addr', node.address, ...pool]);
}

async function join(node: LabNode, manager: LabNode, role: 'manager' | 'worker'): Promise<void> {
  const token = await dockerOn(manager, ['swarm', 'join-token', '--quiet', role]);
  await dockerOn(node, [
    'swarm',
    'join',
    '--token',
    token,
    '--advertise-addr',
    node.address,
    manager.address,
  ]);
}

function roleOf(manager: LabNode, node: LabNode): Promise<string> {
  return dockerOn(manager, ['node', 'inspect', '--format', '{{.Spec.Role}}', node.name]);
}
