import type { Event, Finding } from '../event.ts';
import type { Load } from '../load/load.ts';
import { inNode, killNode, type LabNode, nodeNumber, startNode } from '../nodes.ts';
import { type Stack, watchFor } from '../stack.ts';
import { secondsSince, until } from '../until.ts';
import { ensureServing } from './shared/ensure.ts';
import { ensurePrimary, isOneLess, kept, underAdds, whole, without } from './shared/group.ts';
import { answered, asksTwiceMs, deployed } from './shared/under-load.ts';

const [one, two, three] = [nodeNumber(1), nodeNumber(2), nodeNumber(3)];
const kill =
  'docker ps --quiet --filter label=com.docker.swarm.service.name=motorpool_db | xargs docker kill';
const wipe = 'find /var/lib/docker/volumes/motorpool_people/_data -mindepth 1 -delete';
const ownPatienceSeconds = 40; // a member looks around for 30 s before it begins anything

/** The group is lost and one member cannot say what it has: nothing begins without the word of a person. */
export default function lostDatabaseEvents(stack: Stack): Event[] {
  const hurt = {
    ...underAdds,
    slowestMs: asksTwiceMs,
    mayFail: ({ status }) => status === 503,
    prepare: () => ensurePrimary(stack, two.name),
    check: result => kept(stack, result),
    restore: () => ensureServing(stack, three),
  } satisfies Partial<Event>;
  return [
    {
      ...hurt,
      name: 'The whole group is lost, and one disk is wiped',
      promise:
        'Nothing begins by itself; recover-database names the best, and with the word nobody who was added is lost.',
      happen: demand => wipeOne(stack, demand),
    },
    {
      ...hurt,
      name: 'The whole group is lost, and one member stays away',
      promise:
        'Nothing begins by itself; with the word the others go on, and the one that was away joins them later.',
      happen: demand => leaveOneAway(stack, demand),
    },
  ];
}

async function wipeOne(stack: Stack, demand: Load): Promise<Finding> {
  await until('20 people are added', async () => (await demand.progress()).added >= 20);
  demand.mark(`SIGKILL of all, and the disk of ${three.name} is wiped`);
  await Promise.all([inNode(one, kill), inNode(two, kill), inNode(three, `${kill} && ${wipe}`)]);
  const found = await recover(stack, demand);
  const began = performance.now();
  await whole(stack);
  const figures = { ...found.figures, 'whole again after the word': secondsSince(began) };
  await answered(demand);
  return { ...found, figures };
}

async function leaveOneAway(stack: Stack, demand: Load): Promise<Finding> {
  const found: Finding[] = [];
  await without(stack, demand, three, async () => {
    demand.mark(`${three.name} dies`);
    await killNode(three);
    await until('the others go on', () => isOneLess(three));
    await answered(demand);
    demand.mark('SIGKILL of the others');
    await Promise.all([inNode(one, kill), inNode(two, kill)]);
    found.push(await recover(stack, demand));
    await answered(demand);
    await startNode(three);
  });
  return found[0] as Finding;
}

/** Has the command refuse without a word, twice, so long apart that a member would have begun by itself; then gives it. */
async function recover(stack: Stack, demand: Load): Promise<Finding> {
  let best = '';
  const isNamed = async () => {
    best = await refused(stack);
    return best !== '';
  };
  await until('the best of two is named', isNamed, 120);
  await watchFor(ownPatienceSeconds);
  await until('the best is named still, for nothing was begun', isNamed, 120);
  const { output, ...found } = await deployed(stack, demand, ['recover-database', '--to', best], 'the word');
  return { ...found, figures: { ...found.figures, 'the best': best } };
}

/** The name of the member that has the most, as the command says that refuses; empty while not both say what they have. */
async function refused(stack: Stack): Promise<string> {
  const { code, output } = await stack.deploy(['recover-database']);
  const hasSaid = ({ name }: LabNode) => new RegExp(` ${name}: .* [1-9]\\d* transactions`).test(output);
  const [, best = ''] = /Nothing was changed\. (node\d) has the most/.exec(output) ?? [];
  return code !== 0 && hasSaid(one) && hasSaid(two) ? best : '';
}
