import type { Event, Finding } from '../event.ts';
import type { Load, LoadResult } from '../load/load.ts';
import { dockerOn } from '../nodes.ts';
import { type Prober, probe } from '../probe.ts';
import { type Stack, watchFor } from '../stack.ts';
import { until } from '../until.ts';
import { aTaskOf } from './shared/under-load.ts';

const back = 'draws work again';
const backAfterMs = 5000;

/** The one part that there is only one of dies. */
export default function killedDatabaseEvents(stack: Stack): Event[] {
  return [
    {
      name: 'MySQL is killed',
      group: 'Unplanned',
      promise: `While MySQL is away every request is answered 503 within 2 seconds, and the answer names the database; it comes back by itself, draws work within ${backAfterMs / 1000} seconds of that, and nobody who was added is lost.`,
      load: { postsPerSecond: 8 },
      slowestMs: 2500,
      mayFail: ({ status, reason, after }) =>
        status === 503 && after <= 2000 && /database did not answer/i.test(reason),
      async happen(load) {
        const prober = probe(stack.targets[1] ?? '', 100);
        try {
          return await killDatabase(stack, load, prober);
        } finally {
          await prober.stop();
        }
      },
      check: async result => [...failedAfterwards(result), ...(await lostPeople(stack, result))],
    },
  ];
}

async function killDatabase(stack: Stack, load: Load, prober: Prober): Promise<Finding> {
  const isGood = ({ status }: { status: number }) => status === 200;
  const { id, node, container } = await aTaskOf(stack, 'db');
  await until('40 people are added', async () => (await load.progress()).added >= 40); // about five seconds
  load.mark('SIGKILL');
  const began = performance.now();
  await dockerOn(node, ['kill', '--signal', 'KILL', container]);
  await until('a draw is refused', async () => !prober.seen().every(isGood));
  await until(
    'another MySQL is healthy',
    async () => (await stack.running('db')).some(task => task.id !== id),
    120,
  );
  load.mark('MySQL is healthy');
  const healthy = performance.now();
  await until('a draw works', async () => prober.seen().slice(-1).every(isGood), 60);
  const worksAfter = performance.now() - healthy;
  const whole = ((performance.now() - began) / 1000).toFixed(1);
  await until(back, async () => prober.seen().slice(-20).every(isGood), 60);
  load.mark(back);
  await stack.settled();
  await watchFor(5); // so that a replica would be noticed that has not found back
  const problems =
    worksAfter > backAfterMs
      ? [`draws worked only ${Math.round(worksAfter)} ms after MySQL was healthy`]
      : [];
  return { problems, figures: { 'draws work again after': `${whole} s` } };
}

function failedAfterwards({ failures, marks }: LoadResult): string[] {
  if (failures.length === 0) return ['no request failed, so MySQL was not away'];
  const end = marks.find(({ label }) => label === back)?.at ?? 0;
  const after = failures.filter(({ at }) => at > end);
  return after.map(({ at, reason }) => `at ${at} ms, after draws had worked again: ${reason}`).slice(0, 3);
}

async function lostPeople(stack: Stack, { added }: LoadResult): Promise<string[]> {
  const lost: string[] = [];
  const headers = { Accept: 'application/json' };
  for (const { id, name, at } of added) {
    const answer = await fetch(`${stack.targets[0]}/people/${id}`, { headers });
    const person = answer.ok ? ((await answer.json()) as { name: string }) : null;
    if (person?.name !== name) lost.push(`${id} ${name}, added at ${at} ms (now ${answer.status})`);
  }
  if (lost.length === 0) return [];
  return [`${lost.length} of ${added.length} people answered 201 are lost: ${lost.slice(0, 3).join('; ')}`];
}
