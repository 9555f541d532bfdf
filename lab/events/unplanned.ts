import type { Event, Finding } from '../event.ts';
import type { Load, LoadResult } from '../load.ts';
import { dockerOn, killNode, type LabNode, nodeNumber, startNode } from '../nodes.ts';
import { probe } from '../probe.ts';
import { services } from '../release.ts';
import type { Stack } from '../stack.ts';
import { formSwarm } from '../swarm.ts';
import { until } from '../until.ts';

const group = 'Unplanned';

/** What happens to a running system without anybody wanting it. The database is on node1. */
export function unplannedEvents(stack: Stack): Event[] {
  return [
    ...services.map(service => ({
      name: `A task of ${service} is killed`,
      group,
      promise: `SIGKILL of one task of ${service} fails no request; another one takes its place by itself.`,
      happen: (load: Load) => killTask(stack, load, service),
    })),
    {
      name: 'A worker dies',
      group,
      promise:
        'A node that loses its power fails no request through the other nodes; one command gives it tasks again.',
      allowed: { p99: 2500 },
      happen: load => killWorker(stack, load),
    },
    {
      name: 'The leading manager dies',
      group,
      promise: 'Of three managers the leader loses its power, and no request through the other nodes fails.',
      allowed: { p99: 2500 },
      happen: load => killLeader(stack, load),
    },
    {
      name: 'MySQL is killed',
      group,
      promise:
        'While MySQL is away a draw is answered 503 within 2 seconds; it comes back by itself, and nobody who was added is lost.',
      allowed: { failed: Number.POSITIVE_INFINITY, p99: Number.POSITIVE_INFINITY },
      load: { postsPerSecond: 8 },
      happen: load => killDatabase(stack, load),
      check: ({ added }) => lostPeople(stack, added),
    },
  ];
}

async function killTask(stack: Stack, load: Load, service: string): Promise<Finding> {
  const [task] = await stack.running(service);
  if (!task) throw new Error(`No task of ${service} runs.`);
  load.mark('SIGKILL');
  const began = performance.now();
  await dockerOn(task.node, ['kill', '--signal', 'KILL', task.container]);
  await until(`another task of ${service} runs`, async () => {
    const tasks = await stack.running(service);
    return tasks.length === 2 && tasks.every(({ id }) => id !== task.id);
  });
  load.mark('another one runs');
  return { problems: [], figures: { 'two tasks again after': secondsSince(began) } };
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
  await formSwarm(3);
  // The database is on node1, so another one has to lead: a leader that is demoted hands over.
  await stack.docker(['node', 'demote', 'node1']).catch(() => {});
  const leader = await leaderOf(nodeNumber(2));
  await dockerOn(leader, ['node', 'promote', 'node1']);
  await until('node1 is a manager again', async () => (await dockerOn(nodeNumber(1), ['node', 'ls'])) !== '');
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
  await until('one manager is left', async () => formSwarm(1).then(() => true), 60);
  await stack.settled();
  return { problems: [], figures: { 'another manager led after': led } };
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

async function killDatabase(stack: Stack, load: Load): Promise<Finding> {
  const [task] = await stack.running('db');
  if (!task) throw new Error('No task of the database runs.');
  const prober = probe(stack.targets[1] ?? '', 100);
  load.mark('SIGKILL');
  await dockerOn(task.node, ['kill', '--signal', 'KILL', task.container]);
  await until('a draw is refused', async () => prober.seen().some(({ status }) => status === 503));
  await until(
    'draws work again',
    async () =>
      prober
        .seen()
        .slice(-20)
        .every(({ status }) => status === 200),
    90,
  );
  load.mark('draws work again');
  await stack.settled();
  const seen = await prober.stop();
  const away = seen.filter(({ status }) => status !== 200);
  const [first, last] = [away.at(0), away.at(-1)];
  const problems = away
    .filter(
      ({ status, milliseconds, body }) =>
        status !== 503 || milliseconds > 2000 || !body.includes('"part":"database"'),
    )
    .map(
      ({ status, milliseconds, body }) =>
        `answered ${status} after ${Math.round(milliseconds)} ms: ${body.slice(0, 200)}`,
    );
  const figures = {
    'draws failed for': `${(((last?.at ?? 0) - (first?.at ?? 0)) / 1000).toFixed(1)} s`,
    'slowest answer meanwhile': `${Math.round(Math.max(...away.map(({ milliseconds }) => milliseconds)))} ms`,
  };
  return { problems: problems.slice(0, 3), figures };
}

async function lostPeople(stack: Stack, added: LoadResult['added']): Promise<string[]> {
  const lost: string[] = [];
  for (const { id, name } of added) {
    const answer = await fetch(`${stack.targets[0]}/people/${id}`, {
      headers: { Accept: 'application/json' },
    });
    const person = answer.ok ? ((await answer.json()) as { name: string }) : null;
    if (person?.name !== name) lost.push(`${id} ${name}`);
  }
  if (added.length === 0) return ['nobody was added, so nothing is proven'];
  return lost.length === 0
    ? []
    : [`${lost.length} of ${added.length} people answered 201 are lost: ${lost.slice(0, 3).join(', ')}`];
}

function secondsSince(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}
