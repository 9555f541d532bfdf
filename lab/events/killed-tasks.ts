import type { Event, Finding } from '../event.ts';
import type { Load, LoadResult } from '../load/load.ts';
import { lostOf } from '../load/lost.ts';
import { dockerOn } from '../nodes.ts';
import { services } from '../release.ts';
import { type RunningTask, type Stack, watchFor } from '../stack.ts';
import { secondsSince, until } from '../until.ts';
import { amberTaxi, wrongDraws } from './shared/draws.ts';
import { taskOf } from './shared/inside.ts';
import { answered, replicasDie, unheard } from './shared/under-load.ts';

const back = 'draws work again';
const backWithinMs = 5000;

/** A task of each service dies, as when its process crashes, and the one of MySQL, which there is only one of. */
export default function killedTaskEvents(stack: Stack): Event[] {
  const replaced = new Map<string, RunningTask[]>();
  return [
    {
      name: 'A task of each service is killed',
      group: 'Unplanned',
      promise:
        'SIGKILL of a task of each service, one after the other, fails no request; another one takes its place by itself, and answers.',
      ...replicasDie,
      happen: load => killTasks(stack, load, replaced),
      check: async result => [
        ...(await replicasDie.check(result)),
        ...services.flatMap(name => unheard(result, name, replaced.get(name) ?? [])),
      ],
    },
    {
      name: 'MySQL is killed',
      group: 'Unplanned',
      promise:
        'While MySQL is away requests are answered 503 within 2 seconds, and the answers name the database; it comes back by itself, draws work within 5 seconds of that, and nobody who was added is lost.',
      load: { postsPerSecond: 8 },
      slowestMs: 2500,
      mayFail: ({ status, reason, after }) =>
        status === 503 && after <= 2000 && /database did not answer/i.test(reason),
      happen: load => killDatabase(stack, load),
      check: async result => [...failedAfterwards(result), ...(await lostOf(stack.targets[0], result.added))],
    },
  ];
}

async function killTasks(stack: Stack, load: Load, replaced: Map<string, RunningTask[]>): Promise<Finding> {
  const figures: Record<string, string> = {};
  for (const service of services) {
    const task = await taskOf(stack, service);
    const before = (await stack.running(service)).map(({ id }) => id);
    load.mark(`${service}: SIGKILL`);
    const began = performance.now();
    await dockerOn(task.node, ['kill', '--signal', 'KILL', task.container]);
    await until(`another task of ${service} runs`, async () => {
      const tasks = await stack.running(service);
      const others = tasks.filter(({ id }) => !before.includes(id));
      replaced.set(service, others);
      return tasks.length === 2 && others.length === 1;
    });
    load.mark('another one runs');
    figures[`${service} has two tasks again after`] = secondsSince(began);
    await answered(load);
  }
  return { problems: [], figures };
}

async function killDatabase(stack: Stack, load: Load): Promise<Finding> {
  const { id, node, container } = await taskOf(stack, 'db');
  const isNew = async () => (await stack.running('db')).some(task => task.id !== id);
  const draws = async () => (await wrongDraws(stack, amberTaxi)).length === 0;
  await until('40 people are added', async () => (await load.progress()).added >= 40); // about five seconds
  load.mark('SIGKILL');
  const killed = performance.now();
  await dockerOn(node, ['kill', '--signal', 'KILL', container]);
  await until('another MySQL is healthy', isNew, 120);
  load.mark('MySQL is healthy');
  const healthy = performance.now();
  await until('draws work', draws, 60);
  const late = performance.now() - healthy > backWithinMs;
  const figures = { 'draws work after': secondsSince(killed), 'of which with MySQL': secondsSince(healthy) };
  await answered(load);
  load.mark(back);
  await watchFor(5); // so that a replica would be noticed that has not found back
  return { problems: late ? ['MySQL was healthy for long before draws worked'] : [], figures };
}

function failedAfterwards({ failures, marks }: LoadResult): string[] {
  if (failures.length === 0) return ['no request failed, so MySQL was not away'];
  const end = marks.find(({ label }) => label === back)?.at ?? 0;
  const after = failures.filter(({ at }) => at > end);
  return after.map(({ at, reason }) => `at ${at} ms, after draws had worked again: ${reason}`).slice(0, 3);
}
