import type { Event, Finding } from '../event.ts';
import type { Load } from '../load/load.ts';
import { dockerOn, killNode, type LabNode, nodeNumber, nodes, startNode } from '../nodes.ts';
import { services } from '../release.ts';
import type { Stack } from '../stack.ts';
import { secondsSince, until } from '../until.ts';
import { ensureDeployed, ensureServing, setManagers, tasksOn } from './shared/ensure.ts';
import { answered, asksTwiceMs, deployed, replicasDie } from './shared/under-load.ts';

const group = 'Unplanned';
const [one, ...workers] = [nodeNumber(1), nodeNumber(2), nodeNumber(3)];

/** A machine loses its power. The database is on node1, which is never the one. */
export default function killedNodeEvents(stack: Stack): Event[] {
  return [
    {
      name: 'A worker dies',
      group,
      promise:
        'A node that loses its power fails no request through the other nodes; one command gives it tasks again.',
      slowestMs: asksTwiceMs,
      ...replicasDie,
      prepare: () => ensureSpread(stack),
      happen: load => killWorker(stack, load),
      restore: () => ensureServing(stack, ...workers),
    },
    {
      name: 'The leading manager dies',
      group,
      promise: 'Of three managers the leader loses its power, and no request through the other nodes fails.',
      slowestMs: asksTwiceMs,
      ...replicasDie,
      happen: load => killLeader(stack, load),
      restore: () => ensureOneManager(stack),
    },
  ];
}

async function killWorker(stack: Stack, load: Load): Promise<Finding> {
  const worker = await workerOfService1(stack);
  if (!worker) throw new Error('No worker runs service 1, so nothing is proven.');
  const figures = await killAndStart(stack, load, worker);
  await stack.settled();
  const { problems } = await deployed(stack, load, ['rebalance'], 'rebalance');
  const back = await tasksOn(stack, worker);
  if (back.length === 0) problems.push(`no task has returned to ${worker.name}`);
  await answered(load);
  return { problems, figures: { ...figures, 'tasks back on it': `${back.length}` } };
}

async function workerOfService1(stack: Stack): Promise<LabNode | undefined> {
  const tasks = await stack.running('service1');
  return tasks.map(({ node }) => node).find(({ name }) => name !== 'node1');
}

/** Lets a worker run a replica of service 1: the death of a node on which nothing runs shows nothing. */
async function ensureSpread(stack: Stack): Promise<void> {
  if (!(await workerOfService1(stack))) await ensureDeployed(stack, ['rebalance']);
}

async function killLeader(stack: Stack, load: Load): Promise<Finding> {
  await setManagers(3);
  // The database is on node1, so another one has to lead: a leader that is demoted hands over.
  await stack.docker(['node', 'demote', 'node1']).catch(() => {});
  await until('node1 is a worker', async () => !(await isManager(one)), 120);
  const leader = await leaderOf(nodeNumber(2));
  await dockerOn(leader, ['node', 'promote', 'node1']);
  await until('node1 is a manager again', () => isManager(one), 120);
  const figures = await killAndStart(stack, load, leader, async () => {
    const began = performance.now();
    await until('another one leads', async () => (await leaderOf(one)).name !== leader.name, 120);
    load.mark('another one leads');
    return { 'another manager led after': secondsSince(began) };
  });
  await setManagers(1);
  await stack.settled();
  await answered(load);
  return { problems: [], figures };
}

/** Kills a node, which the load then leaves out, and starts it again when its tasks run elsewhere. Gives the times. */
async function killAndStart(
  stack: Stack,
  load: Load,
  node: LabNode,
  whenDead = async () => ({}),
): Promise<Record<string, string>> {
  const address = `http://${node.address}`;
  load.avoid(address);
  await answered(load, 30); // also those that were under way through it
  load.mark(`${node.name} dies`);
  const began = performance.now();
  await killNode(node);
  const figures = await whenDead();
  const elsewhere = async () =>
    (await stack.running(...services)).filter(task => task.node.name !== node.name).length;
  await until('its tasks run elsewhere', async () => (await elsewhere()) === 2 * services.length, 180);
  load.mark('its tasks run elsewhere');
  const after = secondsSince(began);
  await startNode(node);
  await until('its NGINX answers', async () => (await fetch(`${address}/health`)).ok, 180);
  load.use(address);
  return { ...figures, 'its tasks ran elsewhere after': after };
}

// As the node itself says: promoted before it has heard of its demotion, it would stay a worker for long.
async function isManager(node: LabNode): Promise<boolean> {
  return (await dockerOn(node, ['info', '--format', '{{.Swarm.ControlAvailable}}'])) === 'true';
}

async function leaderOf(manager: LabNode): Promise<LabNode> {
  const rows = await dockerOn(manager, ['node', 'ls', '--format', '{{.Hostname}} {{.ManagerStatus}}']);
  const [, number] = /^node(\d) Leader$/m.exec(rows) ?? [];
  if (!number) throw new Error('No manager leads.');
  return nodeNumber(Number(number));
}

/** All nodes run and node1 is the only manager, as before. */
async function ensureOneManager(stack: Stack): Promise<void> {
  for (const node of nodes) await startNode(node);
  const promoted = async () => {
    // Whoever is a manager makes it one; a worker cannot.
    for (const node of nodes) await dockerOn(node, ['node', 'promote', one.name]).catch(() => {});
    return isManager(one);
  };
  await until('node1 is a manager', promoted, 120);
  await setManagers(1);
  await ensureServing(stack, ...workers);
}
