import { beforeAll, expect, test } from '@jest/globals';
import { type Load, startLoad } from '../lab/load/load.ts';
import { fillMysql } from './support/filled.ts';
import { describeWith } from './support/missing.ts';
import { startMysql } from './support/mysql.ts';
import { type Replicated, startReplicated } from './support/replicated.ts';
import { send } from './support/send.ts';
import { services } from './support/service.ts';
import { until } from './support/until.ts';

describeWith(['nginx', 'mysqld'], 'a replica of two that is stopped under load', () => {
  let system: Replicated;

  beforeAll(async () => {
    system = await startReplicated(await fillMysql(await startMysql()), { DRAIN_MS: '3000' });
    for (let count = 0; count < 100; count += 1) await send(system.url, '/'); // the first ones take longer
  }, 60_000);

  test('costs no request, though it happens to one of each service at once', async () => {
    const load = await loadOn(system);
    await more(load, 'ok', 200);
    for (const { logs } of Object.values(system.replicas).flat())
      expect(logs().filter(isCall).length).toBeGreaterThan(50);
    const stopped = services.map(name => {
      const [replica] = system.replicas[name];
      system.forget(name, replica);
      replica.kill('SIGTERM');
      return replica.exited;
    });
    for (const exit of await Promise.all(stopped)) expect(exit).toEqual({ code: 0, signal: null });
    await more(load, 'ok', 100);
    const { requests, duration, failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(400);
    expect((requests * 1000) / duration).toBeGreaterThan(100);
  }, 60_000);

  test('the same load sees a service whose replicas are all killed', async () => {
    const load = await loadOn(system);
    for (const replica of system.replicas.service3) replica.kill('SIGKILL');
    await more(load, 'added', 4); // about a second: to add a person takes no car
    const { failures } = await load.stop();
    expect(failures.length).toBeGreaterThan(10);
  });
});

/** Draws and, with each 30th request, people; nobody may send those twice. */
function loadOn({ url }: Replicated): Promise<Load> {
  return startLoad({ targets: [url], perSecond: 101.5, postsPerSecond: 3.5 });
}

async function more(load: Load, what: 'ok' | 'added', count: number): Promise<void> {
  const enough = (await load.progress())[what] + count;
  await until(`${count} more were ${what}`, async () => (await load.progress())[what] >= enough, 30_000);
}

/** Whether a log line tells of a request, but for those that only ask for the health. */
function isCall({ route }: Record<string, unknown>): boolean {
  return route !== undefined && route !== '/health';
}
