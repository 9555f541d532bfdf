import type { Event } from '../../event.ts';
import type { Failure, Load, LoadResult } from '../../load/load.ts';
import { lostOf } from '../../load/lost.ts';
import { dockerOn, inNode, killNode, type LabNode, labAddress, nodes, startNode } from '../../nodes.ts';
import type { RunningTask, Stack } from '../../stack.ts';
import { secondsSince, until } from '../../until.ts';
import { ensureDeployed, good, setManagers } from './ensure.ts';
import { inside } from './inside.ts';
import { answered } from './under-load.ts';

const longestGapMs = 10_000;
const fromOthers = `--source ${labAddress(0)}/24 --jump DROP`;
const members = 'performance_schema.replication_group_members';
const itsTask = ['ps', '--quiet', '--filter', 'label=com.docker.swarm.service.name=motorpool_db'];

/** What the events have in common that hurt the database's group: many are added, and NGINX waits 6 s for each of them. */
export const underAdds = {
  group: 'Database',
  load: { postsPerSecond: 5, failover: true },
  slowestAddMs: 6000,
} satisfies Partial<Event>;

/** Adding a person needs the primary, which is chosen anew within ten seconds (see `longGaps`). */
export function wasNoDraw({ method, status }: Failure): boolean {
  return method === 'POST' && status === 503;
}

/** What is wrong if nobody could be added for too long. */
export function longGaps({ added, duration }: LoadResult): string[] {
  const times = [0, ...added.map(({ at }) => at).sort((one, other) => one - other), duration];
  const longest = Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
  return longest > longestGapMs ? [`nobody could be added for ${(longest / 1000).toFixed(1)} s`] : [];
}

/** What is wrong if somebody who was added is lost, or there twice, or the members have not all the same people. */
export async function kept(stack: Stack, { added }: LoadResult): Promise<string[]> {
  return [...(await lostOf(stack.targets[0], added)), ...(await differing(stack))];
}

async function differing(stack: Stack): Promise<string[]> {
  await whole(stack);
  const sums = `SELECT SUM(name LIKE 'Load %') - COUNT(DISTINCT IF(name LIKE 'Load %', name, NULL)) AS twice, COUNT(*),
    COUNT(DISTINCT name), SUM(CRC32(CONCAT(id, name, seat))) FROM motorpool.people JOIN motorpool.seats ON person_id = id`;
  const same = async () => {
    const [one, ...others] = await Promise.all(nodes.map(node => ask(node, sums)));
    return one?.startsWith('0\t') === true && others.every(other => other === one);
  };
  return until('all members have the same people, nobody twice', same, 20).then(
    () => [],
    (error: Error) => [error.message],
  );
}

/** Waits until all three members run, and each sees all of them ONLINE. */
export async function whole(stack: Stack): Promise<void> {
  await until('three members are ONLINE', () => isWhole(stack), 180);
}

async function isWhole(stack: Stack): Promise<boolean> {
  if ((await stack.running('db')).length !== nodes.length) return false;
  const states = `SELECT GROUP_CONCAT(MEMBER_STATE) FROM ${members}`;
  return (await Promise.all(nodes.map(node => ask(node, states)))).every(
    text => text === 'ONLINE,ONLINE,ONLINE',
  );
}

/** The member that is PRIMARY, or a SECONDARY. Throws if there is none. */
export async function memberAs(stack: Stack, role: string): Promise<RunningTask> {
  const own = `SELECT MEMBER_ROLE FROM ${members} WHERE MEMBER_ID = @@server_uuid AND MEMBER_STATE = 'ONLINE'`;
  for (const task of await stack.running('db')) if ((await sqlIn(task, own)) === role) return task;
  throw new Error(`No member is ${role}.`);
}

/** Sees to it that there is a group of three, on three managers: any of these nodes may go. */
export async function ensureGroup(stack: Stack): Promise<void> {
  await setManagers(3);
  if (!(await isWhole(stack))) {
    await labelMembers(stack);
    await ensureDeployed(stack, ['--version', good]);
  }
  await whole(stack);
}

/** Labels the nodes that the only database is not on. */
export async function labelMembers(stack: Stack): Promise<void> {
  for (const { name } of nodes.slice(1))
    await stack.docker(['node', 'update', '--label-add', 'motorpool.database=member', name]);
}

/** Sees to it that there is a group, and the node's member is its primary. */
export async function ensurePrimary(stack: Stack, name: string): Promise<void> {
  await ensureGroup(stack);
  const node = nodes.find(one => one.name === name) as LabNode;
  await ask(node, 'SELECT group_replication_set_as_primary(@@server_uuid)');
  await until(`${name} is primary`, async () => (await memberAs(stack, 'PRIMARY')).node.name === name, 30);
}

/** Kills the node's member, and waits until another one has come in its place; gives how long that took. */
export async function killMember(stack: Stack, demand: Load, node: LabNode): Promise<string> {
  const began = performance.now();
  const container = await dockerOn(node, itsTask);
  demand.mark(`SIGKILL of the member on ${node.name}`);
  await dockerOn(node, ['kill', container]);
  await until('another task runs', async () => !['', container].includes(await dockerOn(node, itsTask)), 60);
  await whole(stack);
  demand.mark('three are ONLINE');
  const after = secondsSince(began);
  await answered(demand);
  return after;
}

/** Lets a node lose its power, and starts it again when `whileDead` has ended and the load has gone on for some time. */
export async function loseNode(
  stack: Stack,
  demand: Load,
  node: LabNode,
  whileDead = async () => {},
): Promise<void> {
  await without(stack, demand, node, async () => {
    demand.mark(`${node.name} dies`);
    await killNode(node);
    await whileDead();
    await answered(demand, 600);
    await startNode(node);
  });
}

/** Lets a node hear of nobody until its member takes nobody, the others go on without it, and the load has for some time. */
export async function cutOff(stack: Stack, demand: Load, node: LabNode): Promise<void> {
  await without(stack, demand, node, async () => {
    demand.mark(`${node.name} is cut off`);
    await inNode(node, `iptables --insert INPUT ${fromOthers}`);
    await until('it takes nobody', async () => (await ask(node, 'SELECT @@super_read_only')) === '1');
    demand.mark('it takes nobody');
    await until('the others go on', () => isOneLess(node));
    await answered(demand, 600);
    await mend(node);
    demand.mark('mended');
  });
}

/** Whether the two other members see each other alone. */
export async function isOneLess(node: LabNode): Promise<boolean> {
  const others = nodes.filter(({ name }) => name !== node.name);
  const states = `SELECT GROUP_CONCAT(MEMBER_STATE) FROM ${members}`;
  return (await Promise.all(others.map(other => ask(other, states)))).every(text => text === 'ONLINE,ONLINE');
}

/** Lets a node that was cut off hear of the others again. */
export async function mend(node: LabNode): Promise<void> {
  await inNode(node, `while iptables --delete INPUT ${fromOthers} 2>/dev/null; do :; done`);
}

/** Lets something happen to a node to which the load sends nothing until all is well again, as it is after `hurt`. */
export async function without(
  stack: Stack,
  demand: Load,
  node: LabNode,
  hurt: () => Promise<void>,
): Promise<void> {
  const address = `http://${node.address}`;
  demand.avoid(address);
  await answered(demand, 30);
  await hurt();
  await until('its NGINX answers', async () => (await fetch(`${address}/health`)).ok, 180);
  await whole(stack);
  demand.use(address);
  await answered(demand);
}

/** Asks the member on a node as root; what fails gives an empty text. */
async function ask(node: LabNode, sql: string): Promise<string> {
  const container = await dockerOn(node, itsTask).catch(() => '');
  return container === '' ? '' : sqlIn({ node, container: container.split('\n')[0] ?? '' }, sql);
}

function sqlIn(task: Pick<RunningTask, 'node' | 'container'>, sql: string): Promise<string> {
  return inside(task as RunningTask, `mysql --user=root --skip-column-names --execute="${sql}"`);
}
