import type { Event, Finding } from '../event.ts';
import type { Load, LoadResult } from '../load.ts';
import { failedBetween, markedAt } from '../load-seconds.ts';
import { dockerOn } from '../nodes.ts';
import { type Probed, type Prober, probe } from '../probe.ts';
import { type Stack, watchFor } from '../stack.ts';
import { until } from '../until.ts';

const back = 'draws work again';

/** The one part that there is only one of dies. */
export function killedDatabaseEvents(stack: Stack): Event[] {
  return [
    {
      name: 'MySQL is killed',
      group: 'Unplanned',
      promise:
        'While MySQL is away a draw is answered 503 within 2 seconds; it comes back by itself, and nobody who was added is lost.',
      allowed: { failed: Number.POSITIVE_INFINITY, p99: Number.POSITIVE_INFINITY },
      load: { postsPerSecond: 8 },
      async happen(load) {
        const prober = probe(stack.targets[1] ?? '', 100);
        try {
          return await killDatabase(stack, load, prober);
        } finally {
          await prober.stop();
        }
      },
      check: async result => [...failedAfterwards(result), ...(await lostPeople(stack, result.added))],
    },
  ];
}

async function killDatabase(stack: Stack, load: Load, prober: Prober): Promise<Finding> {
  const [task] = await stack.running('db');
  if (!task) throw new Error('No task of the database runs.');
  load.mark('SIGKILL');
  await dockerOn(task.node, ['kill', '--signal', 'KILL', task.container]);
  await until('a draw is refused', async () => prober.seen().some(({ status }) => status === 503));
  const lastOnes = () => prober.seen().slice(-20);
  await until(back, async () => lastOnes().every(({ status }) => status === 200), 90);
  load.mark(back);
  await stack.settled();
  await watchFor(5);
  return judge(prober.seen().filter(({ status }) => status !== 200));
}

function judge(away: Probed[]): Finding {
  const [first, last] = [away.at(0), away.at(-1)];
  const isHonest = ({ status, milliseconds, body }: Probed) =>
    status === 503 && milliseconds <= 2000 && body.includes('"part":"database"');
  const problems = away
    .filter(answer => !isHonest(answer))
    .map(({ status, milliseconds, body }) => {
      return `answered ${status} after ${Math.round(milliseconds)} ms: ${body.slice(0, 200)}`;
    });
  const figures = {
    'draws failed for': `${(((last?.at ?? 0) - (first?.at ?? 0)) / 1000).toFixed(1)} s`,
    'slowest answer meanwhile': `${Math.round(Math.max(...away.map(({ milliseconds }) => milliseconds)))} ms`,
  };
  return { problems: problems.slice(0, 3), figures };
}

function failedAfterwards(result: LoadResult): string[] {
  const failed = failedBetween(result, markedAt(result, back));
  return failed > 0 ? [`${failed} requests failed after draws had worked again`] : [];
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
