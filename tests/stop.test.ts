import { beforeAll, expect, test } from '@jest/globals';
import { fillMysql } from './support/filled.ts';
import { startLoad } from './support/load.ts';
import { describeWith } from './support/missing.ts';
import { startMysql } from './support/mysql.ts';
import { type Replicated, startReplicated } from './support/replicated.ts';

const names = ['service1', 'service2', 'service3', 'service4'] as const;

describeWith(['nginx', 'mysqld'], 'a replica of two that is stopped under load', () => {
  let system: Replicated;

  beforeAll(async () => {
    system = await startReplicated(await fillMysql(await startMysql()), { DRAIN_MS: '3000' });
  }, 60_000);

  test.each(names)(
    'of %s costs no request',
    async name => {
      const load = startLoad(system.url);
      await load.more(200);
      for (const { logs } of system.replicas[name]) expect(logs().filter(isCall).length).toBeGreaterThan(50);
      const [replica] = system.replicas[name];
      system.forget(name, replica);
      replica.kill('SIGTERM');
      expect(await replica.exited).toEqual({ code: 0, signal: null });
      await load.more(100);
      const { answered, failures, perSecond } = await load.end();
      expect(failures).toEqual([]);
      expect(answered).toBeGreaterThan(400);
      expect(perSecond).toBeGreaterThan(100);
    },
    60_000,
  );

  test('the same load sees a service whose replicas are all killed', async () => {
    const load = startLoad(system.url);
    await load.more(100);
    for (const replica of system.replicas.service3) replica.kill('SIGKILL');
    await load.more(100);
    const { failures } = await load.end();
    expect(failures.length).toBeGreaterThan(10);
  });
});

/** Whether a log line tells of a request, but for those that only ask for the health. */
function isCall({ route }: Record<string, unknown>): boolean {
  return route !== undefined && route !== '/health';
}
