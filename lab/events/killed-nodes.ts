import type { Event, Finding } from '../event.ts';
import type { Load } from '../load/load.ts';
import { dockerOn, killNode, type LabNode, nodeNumber, nodes, startNode } from '../nodes.ts';
import { services } from '../release.ts';
import type { Stack } from '../stack.ts';
import { setManagers } from '../swarm.ts';
import { secondsSince, until } from '../until.ts';
import { ensureNodeServes } from './shared/ensure.ts';

const group = 'Unplanned';

/** A machine loses its power. The database is on node1, which is never the one. */
export default function killedNodeEvents(stack: Stack): Event[] {
  return [
    {
      name: 'A worker dies',
      group,
      promise:
        'A node that loses its power fails no request through the other nodes; one command gives it tasks again.',
      slowestMs: 2500,
      happen: load => killWorker(stack, load),
      restore: () => ensureNodeServes(stack, 3),
    },
    {
      name: 'The leading manager dies',
      group,
      promise: 'Of three managers the leader loses its power, and no request through the other nodes fails.',
      slowestMs: 2500,
      happen: load => killLeader(stack, load),
      restore: () => ensureOneManager(stack),
    },
  ];
}

async function killWorker(stack: Stack, load: Load): Promise<Finding> {
  const worker = nodeNumber(3);
  const address = `http://${worker.address}`;
  load.avoid(address);
  load.mark('node3 dies');
  const began = performance.now();
  await killNode(worker);
  await until('its tasks run elsewhere', () => allRunOutside(stack, worker), 60);
  const elsewhere = secondsSince(began);
  load.mark('its tasks run elsewhere');
  await startNode(worker);
  await until('its NGINX answers', async () => (await fetch(`${address}/health`)).ok, 90);
  load.use(address);
  await stack.settled();
  load.mark('back; rebalance');
  const { code, output } = await stack.deploy(['rebalance']);
  const tasks = (await Promise.all(services.map(stack.running))).flat();
  const back = tasks.filter(({ node }) => node.name === worker.name).length;
  const problems = code === 0 ? [] : [`rebalance failed: ${output.slice(-1000)}`];
  if (back === 0) problems.push('no task has returned to node3');
  return {
    problems,
    figures: { 'its tasks ran elsewhere after': elsewhere, 'tasks back on it': `${back} of ${tasks.length}` },
  };
}

async function allRunOutside(stack: Stack, node: LabNode): Promise<boolean> {
  const running = await Promise.all(services.map(stack.running));
  return running.every(tasks => tasks.filter(task => task.node.name !== node.name).length === 2);
}

async function killLeader(stack: Stack, load: Load): Promise<Finding> {
  await setManagers(3);
  // The database is on node1, so another one has to lead: a leader that is demoted hands over.
  await stack.docker(['node', 'demote', 'node1']).catch(() => {});
  await until('node1 is a worker', async () => !(await isManager(nodeNumber(1))), 60);
  const leader = await leaderOf(nodeNumber(2));
  await dockerOn(leader, ['node', 'promote', 'node1']);
  await until('node1 is a manager again', () => isManager(nodeNumber(1)), 60);
  load.avoid(`http://${leader.address}`);
  load.mark(`${leader.name}, the leader, dies`);
  const began = performance.now();
  await killNode(leader);
  await until('another manager leads', async () => (await leaderOf(nodeNumber(1))).name !== leader.name, 60);
  const led = secondsSince(began);
  load.mark('another one leads');
  await until('its tasks run elsewhere', () => allRunOutside(stack, leader), 90);
  load.mark('its tasks run elsewhere');
  await startNode(leader);
  await until('its NGINX answers', async () => (await fetch(`http://${leader.address}/health`)).ok, 90);
  load.use(`http://${leader.address}`);
  await until('one manager is left', async () => setManagers(1).then(() => true), 60);
  await stack.settled();
  return { problems: [], figures: { 'another manager led after': led } };
}

// As the node itself says: promoted before it has heard of its demotion, it would stay a worker for long.
async function isManager(node: LabNode): Promise<boolean> {
  return (await dockerOn(node, ['info', '--format', '{{.Swarm.ControlAvailable}}'])) === 'true';
}

async function leaderOf(manager: LabNode): Promise<LabNode> {
  const rows = await dockerOn(manager, ['node', 'ls', '--format', '{{.Hostname}} {{.ManagerStatus}}']);
  const name = rows
    .split('\n')
    .find(row => row.endsWith(' Leader'))
    ?.split(' ')[0];
  if (!name) throw new Error('No manager leads.');
  return nodeNumber(Number(name.replace('node', '')));
}

/** All nodes run and node1 is the only manager, as before. */
async function ensureOneManager(stack: Stack): Promise<void> {
  for (const node of nodes) await startNode(node);
  await until(
    'node1 is the only manager',
    async () => {
      // Where node1 is no manager, whoever is one makes it one; a worker cannot, and need not.
      for (const node of nodes) await dockerOn(node, ['node', 'promote', 'node1']).catch(() => {});
      await setManagers(1);
      return true;
    },
    90,
  );
  await ensureNodeServes(stack, 2);
  await ensureNodeServes(stack, 3);
}
