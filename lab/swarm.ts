import { dockerOn, nodes } from './nodes.ts';
import { until } from './until.ts';

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
