import type { Event, Finding } from '../event.ts';
import type { Load, LoadResult } from '../load/load.ts';
import { dockerOn, nodeNumber } from '../nodes.ts';
import { pushOtherMysql, registryAddress } from '../release.ts';
import type { Stack } from '../stack.ts';
import { secondsSince, until } from '../until.ts';
import { ensureServing, good, setManagers } from './shared/ensure.ts';
import {
  cutOff,
  ensureGroup,
  ensurePrimary,
  kept,
  killMember,
  labelMembers,
  longGaps,
  loseNode,
  memberAs,
  mend,
  underAdds,
  wasNoDraw,
  whole,
} from './shared/group.ts';
import { answered, asksTwiceMs, deployed, fine, together } from './shared/under-load.ts';

const otherMysql = 'mysql:9.7-built-anew';

/** The database as a group on all three nodes: whichever of its members goes, draws go on and nobody is lost. */
export default function databaseEvents(stack: Stack): Event[] {
  const check = async (result: LoadResult) => [...longGaps(result), ...(await kept(stack, result))];
  const prepare = () => ensureGroup(stack);
  return [
    {
      ...underAdds,
      name: 'One database becomes a group of three',
      promise:
        'One deploy makes a group of the only database, which is away for some seconds; everybody is kept.',
      mayFail: ({ status, kind }) => status === 503 || kind === 'late',
      prepare: () => setManagers(3),
      happen: demand => becomeGroup(stack, demand),
      check: result => kept(stack, result),
    },
    {
      ...underAdds,
      name: 'A member of the group is killed',
      promise:
        'SIGKILL of the primary and of a secondary fails no draw; people can be added again within ten seconds.',
      mayFail: wasNoDraw,
      prepare,
      happen: demand => killMembers(stack, demand),
      check,
    },
    {
      ...underAdds,
      slowestMs: asksTwiceMs,
      name: 'The node of the primary dies',
      promise:
        'A node that loses its power with the primary fails no draw through the others, and comes back as a member.',
      mayFail: wasNoDraw,
      prepare: () => ensurePrimary(stack, 'node2'),
      happen: demand => killPrimaryNode(stack, demand),
      check,
      restore: () => ensureServing(stack, nodeNumber(2)),
    },
    {
      ...underAdds,
      slowestMs: asksTwiceMs,
      name: 'The primary is cut off',
      promise:
        'A primary that reaches no other member takes nobody any more, and comes back with what the others have.',
      mayFail: wasNoDraw,
      prepare: () => ensurePrimary(stack, 'node2'),
      happen: demand => cutOff(stack, demand, nodeNumber(2)).then(() => fine),
      check,
      restore: () => mend(nodeNumber(2)),
    },
    {
      ...underAdds,
      slowestMs: asksTwiceMs,
      name: 'The group gets another image and a new password, and leaves a node',
      promise:
        'Nobody notices that each member is replaced, the password is rotated, and the node of the primary drained.',
      async prepare() {
        await pushOtherMysql(otherMysql);
        await ensurePrimary(stack, 'node3');
      },
      happen: demand => plannedThings(stack, demand),
      check,
      restore: () => ensureServing(stack, nodeNumber(3)),
    },
    {
      ...underAdds,
      name: 'All members are killed at once',
      promise:
        'After a power cut of all its members the group begins again by itself, and nobody who was added is lost.',
      mayFail: ({ status }) => status === 503,
      prepare,
      happen: demand => killAll(stack, demand),
      check: result => kept(stack, result),
    },
  ];
}

async function becomeGroup(stack: Stack, demand: Load): Promise<Finding> {
  await until('20 people are added', async () => (await demand.progress()).added >= 20);
  await labelMembers(stack);
  const found = await deployed(stack, demand, ['--version', good], 'a group');
  await whole(stack);
  await answered(demand);
  return found;
}

async function killMembers(stack: Stack, demand: Load): Promise<Finding> {
  const figures: Record<string, string> = {};
  for (const role of ['PRIMARY', 'SECONDARY']) {
    const { node } = await memberAs(stack, role);
    figures[`the ${role.toLowerCase()} was back after`] = await killMember(stack, demand, node);
  }
  return { problems: [], figures };
}

async function killPrimaryNode(stack: Stack, demand: Load): Promise<Finding> {
  const { node } = await memberAs(stack, 'PRIMARY');
  const figures: Record<string, string> = {};
  await loseNode(stack, demand, node, async () => {
    const began = performance.now();
    const isAnother = async () => (await memberAs(stack, 'PRIMARY')).node.name !== node.name;
    await until('another one is primary', isAnother, 60);
    figures['another primary after'] = secondsSince(began);
  });
  return { problems: [], figures };
}

async function plannedThings(stack: Stack, demand: Load): Promise<Finding> {
  demand.mark('another image');
  const image = { MYSQL_IMAGE: `${registryAddress}/${otherMysql}` };
  const updated = await stack.deploy(['--version', good], undefined, image);
  demand.mark('done');
  const problems = updated.code === 0 ? [] : [`the deploy command failed: ${updated.output.slice(-1500)}`];
  const members = await stack.running('db');
  problems.push(
    ...members.filter(({ image }) => !image.endsWith(otherMysql)).map(({ image }) => `${image} runs`),
  );
  await whole(stack);
  const containers = async () => (await stack.running('db')).map(({ container }) => container).sort();
  const before = await containers();
  const rotated = await deployed(stack, demand, ['rotate-password'], 'rotate-password');
  if (`${await containers()}` !== `${before}`) rotated.problems.push('a new password replaced a server');
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
  await whole(stack);
  await answered(demand);
  return together([{ problems, figures: {} }, rotated]);
}

async function killAll(stack: Stack, demand: Load): Promise<Finding> {
  await until('20 people are added', async () => (await demand.progress()).added >= 20);
  demand.mark('SIGKILL of all');
  const began = performance.now();
  const members = await stack.running('db');
  await Promise.all(members.map(({ node, container }) => dockerOn(node, ['kill', container])));
  await whole(stack);
  demand.mark('three are ONLINE');
  const figures = { 'the group is whole again after': secondsSince(began) };
  await answered(demand);
  return { problems: [], figures };
}
