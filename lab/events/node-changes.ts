import { playWell } from '../ansible.ts';
import type { Event, Finding } from '../event.ts';
import { changesSinceBare, ensureBareNode } from '../host-state.ts';
import type { Load, LoadResult } from '../load/load.ts';
import { dockerOn, type LabNode, nodeNumber, nodes, removeNode } from '../nodes.ts';
import type { Stack } from '../stack.ts';
import { ensureVersion, isIn } from './shared/ensure.ts';
import { ensureGroup, kept, longGaps, underAdds } from './shared/group.ts';
import { asVersion, playVersion } from './shared/playbooks.ts';
import { answered, asksTwiceMs, replicasDie } from './shared/under-load.ts';

const [first, third, fourth] = [nodeNumber(1), nodeNumber(3), nodeNumber(4)];
const four = [...nodes, fourth];
const addressOf = ({ address }: LabNode) => `http://${address}`;

/** Nodes that come and go while people use the stack. A light load: packages are installed on the same cores. */
export default function nodeChangeEvents(stack: Stack): Event[] {
  return [
    {
      name: "A worker's disk is wiped, and a fourth node comes",
      group: 'Repairs',
      promise:
        'backup.yml and deploy.yml go on without the node, add-node.yml takes it in again and a new one besides; no request fails.',
      load: { perSecond: 30, failover: true },
      slowestMs: asksTwiceMs,
      ...replicasDie,
      prepare: () => ensureVersion(stack),
      happen: load => nodesCome(stack, load),
    },
    {
      name: 'A node is removed',
      group: 'Repairs',
      promise: 'remove-node.yml takes a node out, fails no request, and leaves it as it was, packages aside.',
      load: { perSecond: 30, failover: true, targets: four.map(addressOf) },
      slowestMs: asksTwiceMs,
      prepare: () => ensureFour(),
      happen: nodeGoes,
      restore: forgetFourth,
    },
    {
      ...underAdds,
      name: 'A member of the database moves to a fourth node, and back',
      promise:
        'site.yml with other database_hosts lets a new member take what the others have before an old one leaves; nobody is lost, and at most one request of a thousand fails on two cores, which four nodes and Ansible share.',
      load: { ...underAdds.load, perSecond: 30 },
      slowestMs: asksTwiceMs,
      async prepare() {
        await ensureGroup(stack);
        await ensureFour(databaseOn(nodes), 3);
      },
      happen: load => memberMoves(stack, load),
      mayFail: ({ status }) => status === 503,
      check: async result => [...moreThanFew(result), ...longGaps(result), ...(await kept(stack, result))],
      async restore() {
        await forgetFourth();
        await ensureGroup(stack);
      },
    },
  ];
}

async function nodesCome(stack: Stack, load: Load): Promise<Finding> {
  load.avoid(addressOf(third));
  load.mark('the disk of node3 is wiped');
  await removeNode(third);
  load.mark('backup.yml, without node3');
  await playWell('backup.yml');
  load.mark('deploy.yml, without node3');
  await playWell('deploy.yml', asVersion('1.2.0'));
  const problems = (await isIn(stack, '1.2.0')) ? [] : ['deploy.yml has not brought the version about'];
  await ensureBareNode(third, fourth);
  load.mark('add-node.yml');
  const { seconds } = await playWell('add-node.yml', [], { hosts: four });
  load.use(addressOf(third));
  load.mark('done');
  return {
    problems: [...problems, ...(await strangeMembers(four)), ...(await idle(third)), ...(await idle(fourth))],
    figures: { 'add-node.yml took': `${seconds.toFixed(0)} s` },
  };
}

async function nodeGoes(load: Load): Promise<Finding> {
  load.mark('remove-node.yml');
  const args = ['--extra-vars', `node=${fourth.name}`];
  const { seconds } = await playWell('remove-node.yml', args, { hosts: four });
  load.avoid(addressOf(fourth));
  load.mark('done');
  return {
    problems: [...(await strangeMembers(nodes)), ...(await changesSinceBare(fourth))],
    figures: { 'remove-node.yml took': `${seconds.toFixed(0)} s` },
  };
}

async function memberMoves(stack: Stack, load: Load): Promise<Finding> {
  const [problems, figures]: [string[], Finding['figures']] = [[], {}];
  for (const hosts of [[first, nodeNumber(2), fourth], nodes]) {
    const names = hosts.map(({ name }) => name).join(', ');
    load.mark(names);
    const args = [...(await playVersion(stack)), ...databaseOn(hosts)];
    const { seconds } = await playWell('site.yml', args, { hosts: four, managers: 3 });
    figures[`to ${names}`] = `${seconds.toFixed(0)} s`;
    const format = ['--filter', 'desired-state=running', '--format', '{{.Node}}'];
    const listed = await stack.docker(['service', 'ps', 'motorpool_db', ...format]);
    const members = listed.split('\n').sort().join(', ');
    if (members !== names) problems.push(`the members are on ${members}, not on ${names}`);
    await answered(load);
  }
  return { problems, figures };
}

function moreThanFew({ failures, requests }: LoadResult): string[] {
  return failures.length > requests / 1000 ? [`${failures.length} of ${requests} requests failed`] : [];
}

/** The arguments for the playbook that let the database be on these nodes. */
function databaseOn(hosts: LabNode[]): string[] {
  return ['--extra-vars', JSON.stringify({ database_hosts: hosts.map(({ name }) => name) })];
}

async function ensureFour(args: string[] = [], managers = 1): Promise<void> {
  if ((await strangeMembers(four)).length === 0) return;
  await ensureBareNode(...four);
  await playWell('add-node.yml', args, { hosts: four, managers });
}

async function forgetFourth(): Promise<void> {
  await removeNode(fourth);
  if ((await strangeMembers(nodes)).length > 0) await dockerOn(first, ['node', 'rm', '--force', fourth.name]);
}

/** What is wrong if the swarm does not consist of just these nodes, all of them ready. */
async function strangeMembers(wanted: LabNode[]): Promise<string[]> {
  const listed = await dockerOn(first, ['node', 'ls', '--format', '{{.Hostname}} {{.Status}}']);
  const members = listed.split('\n').sort().join(', ');
  const isAsWanted = members === wanted.map(({ name }) => `${name} Ready`).join(', ');
  return isAsWanted ? [] : [`the swarm's nodes are: ${members}`];
}

async function idle({ name }: LabNode): Promise<string[]> {
  const format = ['--filter', 'desired-state=running', '--format', '{{.Name}}'];
  const tasks = await dockerOn(first, ['node', 'ps', name, ...format]);
  return /^motorpool_service/m.test(tasks) ? [] : [`${name} runs no service`];
}
