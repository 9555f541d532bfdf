import { expect, test } from '@jest/globals';
import { createMetrics } from '@motorpool/service/metrics.ts';
import { createPeople } from '../people/people.ts';
import { openSqlite } from './sqlite.ts';
import { timed } from './timed.ts';

test('questions to the database are counted by their outcome', async () => {
  const metrics = createMetrics('service1');
  const database = timed(openSqlite(':memory:', 'one'), metrics);
  const people = createPeople(database);
  await people.seats();
  await people.add('Amelia the Second');
  await expect(database.select('SELECT 1 FROM nowhere', [], 0)).rejects.toThrow('failed');
  expect(await countsOf(metrics)).toEqual({ ok: 2, error: 1 });
  await database.close();
});

async function countsOf(metrics: ReturnType<typeof createMetrics>): Promise<Record<string, number>> {
  const { values } = await metrics.calls.get();
  const counts = values.filter(
    ({ metricName, labels }) => metricName?.endsWith('_count') && labels.target === 'database',
  );
  return Object.fromEntries(counts.map(({ labels, value }) => [String(labels.outcome), value]));
}
