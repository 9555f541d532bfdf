import type { Event, Finding } from '../event.ts';
import type { Failure, Load, LoadResult } from '../load/load.ts';
import { lostOf } from '../load/lost.ts';
import {
  dockerOn,
  inNode,
  killNode,
  type LabNode,
  labAddress,
  nodeNumber,
  nodes,
  startNode,
} from '../nodes.ts';
import type { RunningTask, Stack } from '../stack.ts';
import { secondsSince, until } from '../until.ts';
import { ensureDeployed, ensureServing, good } from './shared/ensure.ts';
import { inside } from './shared/inside.ts';
import { answered, deployed, fine, together } from './shared/under-load.ts';

const group = 'Database';
const load = { postsPerSecond: 5, failover: true };
const fromOthers = `--source ${labAddress(0)}/24 --jump DROP`;
const longestGapMs = 10_000;

/** The database as a group on all three nodes: whichever of its members goes, draws go on and nobody is lost. */
export default function databaseEvents(stack: Stack): Event[] {
  const kept = async ({ added }: LoadResult) => [
    ...(await lostOf(stack.targets[0], added)),
    ...(await differing(stack)),
  ];
  const check = async (result: LoadResult) => [...longGaps(result), ...(await kept(result))];
  const prepare = () => ensureGroup(stack);
  return [
    {
      name: 'One database becomes a group of three',
      group,
      promise:
        'One deploy makes a group of the only database, which is away for some seconds; everybody is kept.',
      load,
      mayFail: ({ status, kind }) => status === 503 || kind === 'late',
      happen: demand => becomeGroup(stack, demand),
      check: kept,
    },
    {
      name: 'A member of the group is killed',
      group,
      promise:
        'SIGKILL of the primary and of a secondary fails no draw; people can be added again within ten seconds.',
      load,
      mayFail: wasNoDraw,
      prepare,
      happen: demand => killMembers(stack, demand),
      check,
    },
    {
      name: 'The node of the primary dies',
      group,
      promise:
        'A node that loses its power with the primary fails no draw through the others, and comes back as a member.',
      load,
      mayFail: wasNoDraw,
      prepare: () => ensurePrimary(stack, 'node2'),
      happen: demand => killPrimaryNode(stack, demand),
      check,
      restore: () => ensureServing(stack, nodeNumber(2)),
    },
    {
      name: 'The primary is cut off',
      group,
      promise:
        'A primary that reaches no other member takes nobody any more, and comes back with what the others have.',
      load,
      mayFail: wasNoDraw,
      prepare: () => ensurePrimary(stack, 'node2'),
      happen: demand => cutPrimary(stack, demand),
      check,
      restore: () => mend('node2'),
    },
    {
      name: 'The group is restarted, gets a new password, and leaves a node',
      group,
      promise:
        'Nobody notices that each member is replaced, the password is rotated, and the node of the primary drained.',
      load,
      prepare: () => ensurePrimary(stack, 'node3'),
      happen: demand => plannedThings(stack, demand),
      check,
      restore: () => ensureServing(stack, nodeNumber(3)),
    },
    {
      name: 'All members are killed at once',
      group,
      promise:
        'After a power cut of all its members the group begins again by itself, and nobody who was added is lost.',
      load,
      mayFail: ({ status }) => status === 503,
      prepare,
      happen: demand => killAll(stack, demand),
      check: kept,
    },
  ];
}

async function becomeGroup(stack: Stack, demand: Load): Promise<Finding> {
  await until('20 people are added', async () => (await demand.progress()).added >= 20);
  await labelMembers(stack);
  const found = await deployed(stack, demand, ['--version', good], 'a group');
  await until('three members are ONLINE', () => isWhole(stack), 60);
  await answered(demand);
  return found;
}

async function killMembers(stack: Stack, demand: Load): Promise<Finding> {
  const figures: Record<string, string> = {};
  for (const role of ['PRIMARY', 'SECONDARY']) {
    const { node, container } = await memberAs(stack, role);
    demand.mark(`SIGKILL of the ${role.toLowerCase()} on ${node.name}`);
    const began = performance.now();
    await dockerOn(node, ['kill', '--signal', 'KILL', container]);
    await until(
      'another task runs',
      async () => (await stack.running('db')).every(task => task.container !== container),
      60,
    );
    await until('three members are ONLINE', () => isWhole(stack), 120);
    demand.mark('three are ONLINE');
    figures[`the ${role.toLowerCase()} was back after`] = secondsSince(began);
    await answered(demand);
  }
  return { problems: [], figures };
}

async function killPrimaryNode(stack: Stack, demand: Load): Promise<Finding> {
  const { node } = await memberAs(stack, 'PRIMARY');
  const address = `http://${node.address}`;
  demand.avoid(address);
  await answered(demand, 30);
  demand.mark(`${node.name} dies`);
  const began = performance.now();
  await killNode(node);
  await until(
    'another one is primary',
    async () => (await memberAs(stack, 'PRIMARY')).node.name !== node.name,
    60,
  );
  const figures = { 'another primary after': secondsSince(began) };
  await answered(demand, 600);
  await startNode(node);
  await until('its NGINX answers', async () => (await fetch(`${address}/health`)).ok, 180);
  await until('three members are ONLINE', () => isWhole(stack), 180);
  demand.use(address);
  await answered(demand);
  return { problems: [], figures };
}

async function cutPrimary(stack: Stack, demand: Load): Promise<Finding> {
  const { node } = await memberAs(stack, 'PRIMARY');
  demand.avoid(`http://${node.address}`);
  await answered(demand, 30);
  demand.mark(`${node.name} is cut off`);
  await inNode(node, `iptables --insert INPUT ${fromOthers}`);
  const isReadOnly = async () => (await ask(node, 'SELECT @@super_read_only')) === '1';
  await until('it takes nobody', isReadOnly, 30);
  demand.mark('it takes nobody');
  await answered(demand, 600);
  await mend(node.name);
  demand.mark('mended');
  await until('three members are ONLINE', () => isWhole(stack), 180);
  demand.use(`http://${node.address}`);
  await answered(demand);
  return fine;
}

async function plannedThings(stack: Stack, demand: Load): Promise<Finding> {
  demand.mark('restart');
  await stack.docker(['service', 'update', '--detach', '--force', 'motorpool_db']);
  await stack.settled();
  await until('three members are ONLINE', () => isWhole(stack), 120);
  const rotated = await deployed(stack, demand, ['rotate-password'], 'rotate-password');
  await ensurePrimary(stack, 'node3');
  demand.avoid(stack.targets[2] ?? '');
  await answered(demand, 30);
  demand.mark('node3 is drained');
  await stack.docker(['node', 'update', '--availability', 'drain', 'node3']);
  await until(
    'another one is primary',
    async () => (await memberAs(stack, 'PRIMARY')).node.name !== 'node3',
    60,
  );
  await stack.settled();
  await answered(demand);
  await ensureServing(stack, nodeNumber(3));
  await until('three members are ONLINE', () => isWhole(stack), 120);
  await answered(demand);
  return together([rotated]);
}

async function killAll(stack: Stack, demand: Load): Promise<Finding> {
  await until('20 people are added', async () => (await demand.progress()).added >= 20);
  demand.mark('SIGKILL of all');
  const began = performance.now();
  const members = await stack.running('db');
  await Promise.all(
    members.map(({ node, container }) => dockerOn(node, ['kill', '--signal', 'KILL', container])),
  );
  await until('three members are ONLINE', () => isWhole(stack), 180);
  demand.mark('three are ONLINE');
  const figures = { 'the group is whole again after': secondsSince(began) };
  await answered(demand);
  return { problems: [], figures };
}

/** What is wrong if nobody could be added for too long. */
function longGaps({ added, duration }: LoadResult): string[] {
  const times = [0, ...added.map(({ at }) => at).sort((one, other) => one - other), duration];
  const longest = Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
  return longest > longestGapMs ? [`nobody could be added for ${(longest / 1000).toFixed(1)} s`] : [];
}

/** Adding a person needs the primary, which is chosen anew within ten seconds (see `longGaps`). */
function wasNoDraw({ method, status }: Failure): boolean {
  return method === 'POST' && status === 503;
}

/** What is wrong if the members have not all the same people in the same seats. */
async function differing(stack: Stack): Promise<string[]> {
  await until('three members are ONLINE', () => isWhole(stack), 120);
  const sums =
    'SELECT COUNT(*), COUNT(DISTINCT name), SUM(CRC32(CONCAT(id, name, seat))) FROM motorpool.people JOIN motorpool.seats ON person_id = id';
  const same = async () => new Set(await Promise.all(nodes.map(node => ask(node, sums)))).size === 1;
  return until('all members have the same people', same, 20).then(
    () => [],
    (error: Error) => [error.message],
  );
}

async function isWhole(stack: Stack): Promise<boolean> {
  if ((await stack.running('db')).length !== nodes.length) return false;
  const states = 'SELECT GROUP_CONCAT(MEMBER_STATE) FROM performance_schema.replication_group_members';
  return (await Promise.all(nodes.map(node => ask(node, states)))).every(
    text => text === 'ONLINE,ONLINE,ONLINE',
  );
}

async function memberAs(stack: Stack, role: string): Promise<RunningTask> {
  const own = `SELECT MEMBER_ROLE FROM performance_schema.replication_group_members WHERE MEMBER_ID = @@server_uuid AND MEMBER_STATE = 'ONLINE'`;
  for (const task of await stack.running('db')) if ((await sqlIn(task, own)) === role) return task;
  throw new Error(`No member is ${role}.`);
}

async function ensureGroup(stack: Stack): Promise<void> {
  if (!(await isWhole(stack))) {
    await labelMembers(stack);
    await ensureDeployed(stack, ['--version', good]);
  }
  await until('three members are ONLINE', () => isWhole(stack), 120);
}

async function labelMembers(stack: Stack): Promise<void> {
  for (const { name } of nodes.slice(1))
    await stack.docker(['node', 'update', '--label-add', 'motorpool.database=member', name]);
}

async function ensurePrimary(stack: Stack, name: string): Promise<void> {
  await ensureGroup(stack);
  const node = nodes.find(one => one.name === name) as LabNode;
  await ask(node, 'SELECT group_replication_set_as_primary(@@server_uuid)');
  await until(`${name} is primary`, async () => (await memberAs(stack, 'PRIMARY')).node.name === name, 30);
}

async function mend(name: string): Promise<void> {
  const node = nodes.find(one => one.name === name) as LabNode;
  await inNode(node, `while iptables --delete INPUT ${fromOthers} 2>/dev/null; do :; done`);
}

/** Asks the member on a node as root; what fails gives an empty text. */
async function ask(node: LabNode, sql: string): Promise<string> {
  const id = await dockerOn(node, [
    'ps',
    '--quiet',
    '--filter',
    'label=com.docker.swarm.service.name=motorpool_db',
  ]).catch(() => '');
  return id === '' ? '' : sqlIn({ node, container: id.split('\n')[0] ?? '' }, sql);
}

function sqlIn(task: Pick<RunningTask, 'node' | 'container'>, sql: string): Promise<string> {
  return inside(task as RunningTask, `mysql --user=root --skip-column-names --execute="${sql}"`);
}
