import { playWell } from '../ansible.ts';
import type { Event, Finding } from '../event.ts';
import { changesSinceBare, ensureBareNode } from '../host-state.ts';
import type { Load } from '../load.ts';
import { dockerOn, nodeNumber, nodes, removeNode } from '../nodes.ts';
import { secondsSince } from '../until.ts';

const [first, , third] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]];
const fourth = nodeNumber(4);
const four = [...nodes, fourth];

/** Nodes that come and go while people use the stack. A light load: packages are installed on the same cores. */
export function ansibleNodeEvents(): Event[] {
  return [
    {
      name: "A worker's disk is wiped, and a fourth node comes",
      group: 'Repairs',
      promise:
        'backup.yml goes on without the node, add-node.yml takes it in again and a new one besides; no request fails.',
      load: { perSecond: 30, failover: true },
      allowed: { p99: 2500 },
      happen: load => nodesCome(load),
    },
    {
      name: 'A node is removed',
      group: 'Repairs',
      promise: 'remove-node.yml takes a node out, fails no request, and leaves it as it was, packages aside.',
      load: { perSecond: 30, failover: true, targets: four.map(({ address }) => `http://${address}`) },
      allowed: { p99: 2500 },
      prepare: ensureFourth,
      happen: load => nodeGoes(load),
      restore: forgetFourth,
    },
  ];
}

async function nodesCome(load: Load): Promise<Finding> {
  load.avoid(`http://${third.address}`);
  load.mark('the disk of node3 is wiped');
  await removeNode(third);
  load.mark('backup.yml, without node3');
  await playWell('backup.yml');
  for (const node of [third, fourth]) await ensureBareNode(node);
  load.mark('add-node.yml');
  const { seconds } = await playWell('add-node.yml', [], { hosts: four });
  load.use(`http://${third.address}`);
  load.mark('done');
  return {
    problems: [
      ...(await strangeMembers(four.map(({ name }) => name))),
      ...(await idle([third.name, fourth.name])),
    ],
    figures: { 'add-node.yml took': `${seconds.toFixed(0)} s` },
  };
}

async function nodeGoes(load: Load): Promise<Finding> {
  const began = performance.now();
  load.mark('remove-node.yml');
  await playWell('remove-node.yml', ['--extra-vars', `node=${fourth.name}`], { hosts: four });
  load.avoid(`http://${fourth.address}`);
  load.mark('done');
  return {
    problems: [...(await strangeMembers(nodes.map(({ name }) => name))), ...(await changesSinceBare(fourth))],
    figures: { 'remove-node.yml took': secondsSince(began) },
  };
}

async function ensureFourth(): Promise<void> {
  if ((await membersOf()).includes(`${fourth.name} Ready`)) return;
  await ensureBareNode(fourth);
  await playWell('add-node.yml', [], { hosts: four });
}

async function forgetFourth(): Promise<void> {
  await removeNode(fourth);
  const isMember = (await membersOf()).some(member => member.startsWith(`${fourth.name} `));
  if (isMember) await dockerOn(first, ['node', 'rm', '--force', fourth.name]);
}

/** What is wrong if the swarm does not consist of just these nodes, all of them ready. */
async function strangeMembers(names: string[]): Promise<string[]> {
  const members = await membersOf();
  const wanted = names.map(name => `${name} Ready`);
  return members.join() === wanted.join() ? [] : [`the swarm's nodes are: ${members.join(', ')}`];
}

async function membersOf(): Promise<string[]> {
  const listed = await dockerOn(first, ['node', 'ls', '--format', '{{.Hostname}} {{.Status}}']);
  return listed.split('\n').sort();
}

async function idle(names: string[]): Promise<string[]> {
  const format = ['--filter', 'desired-state=running', '--format', '{{.Name}}'];
  const idle: string[] = [];
  for (const name of names) {
    const tasks = (await dockerOn(first, ['node', 'ps', name, ...format])).split('\n');
    if (!tasks.some(task => task.startsWith('motorpool_service'))) idle.push(`${name} runs no service`);
  }
  return idle;
}
