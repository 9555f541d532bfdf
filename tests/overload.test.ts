import { setTimeout as pause } from 'node:timers/promises';
import { expect, jest, test } from '@jest/globals';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { type LoadResult, startLoad } from '../lab/load/load.ts';
import { limited } from '../service/admission.ts';
import { commonSettings } from '../service/common-settings.ts';
import { createBase, createService } from '../service/service.ts';
import { readSettings } from '../service/settings.ts';
import { fillMysql } from './support/filled.ts';
import { freePort } from './support/free-port.ts';
import { describeWith } from './support/missing.ts';
import { startMysql } from './support/mysql.ts';
import { startNginx } from './support/nginx.ts';
import { startReplica } from './support/replica.ts';
import { type DatabaseAccess, startSystem } from './support/system.ts';

jest.setTimeout(240_000);

/** What is offered, in parts of the peak, and the least part of the peak that is answered well. */
const overloads = [
  { offered: 1.5, good: 0.75 },
  { offered: 2, good: 0.65 },
  { offered: 3, good: 0.5 },
];
const overloadSeconds = 15;
const recoveryMs = 2000;
/** A load that sends later than this in most seconds, in ms, is not the load that it should be. */
const mostLate = 100;
const postsPerSecond = 5;

describeWith(['nginx', 'mysqld'], 'beyond what the machine can do', () => {
  test('as much as can be is answered well and soon, the rest is refused at once, and nothing is broken', async () => {
    const access = await fillMysql(await startMysql());
    const env = { NODE_ENV: 'production' };
    const overrides = { service1: env, service2: env, service3: env, service4: env };
    const system = await startSystem({ mysql: access, overrides });
    const { url } = await startNginx({ port: system.service1.port, replicas: ['127.0.0.1'] });

    const peak = await peakOf(url);
    const calm = await offer(url, peak / 2, 8);
    print(0.5, peak, calm);
    const added = [...calm.added];
    const steps = [];
    for (const { offered, good } of overloads) {
      const result = await offer(url, offered * peak, overloadSeconds);
      await pause(recoveryMs);
      const after = await offer(url, peak / 2, 2);
      print(offered, peak, result);
      added.push(...result.added, ...after.added);
      steps.push({ offered, least: good * peak, result, after });
    }

    const sound = steps.filter(({ result }) => !isLate(result));
    if (steps.slice(0, 2).every(({ result }) => isLate(result)))
      throw new Error(
        `This machine is unfit: with ${Math.round(peak)}/s at its peak the load itself was late.`,
      );
    for (const { offered, least, result, after } of sound) {
      const refused = result.failures.filter(({ kind }) => kind === 'busy');
      expect({ offered, failures: reasonsIn(result) }).toEqual({ offered, failures: [] });
      expect(goodPerSecond(result)).toBeGreaterThanOrEqual(least);
      expect(result.p99).toBeLessThanOrEqual(Math.min(1600, 3 * calm.p99));
      expect(p99(refused.map(({ after }) => after))).toBeLessThanOrEqual(250);
      expect({ offered, failedAfterwards: after.failed }).toEqual({ offered, failedAfterwards: 0 });
    }
    expect(await lost(added, access)).toEqual([]);
    expect(system.service1.output()).not.toMatch(/"status":500/);
  });
});

/** The highest rate of which 99 % is answered well, in draws a second; the replicas are warm afterwards. */
async function peakOf(url: string): Promise<number> {
  const closed = await startLoad({ ...usual(url), clients: 16 });
  await pause(4000);
  const carried = goodPerSecond(await closed.stop());
  let peak = 0;
  for (let share = 0.4; share < 1.5; share += 0.1) {
    const result = await offer(url, share * carried, 4);
    print(share, carried, result);
    if (result.failed > result.requests / 100) break;
    peak = goodPerSecond(result);
  }
  if (peak > 0) return peak;
  throw new Error(
    `This machine is unfit: it answers ${Math.round(carried)}/s to 16 clients, and 0.4 times that not well.`,
  );
}

const usual = (url: string) => {
  return { targets: [url], perSecond: 0, postsPerSecond: 0, failover: false, timeoutMs: 5000 };
};

/** Offers so many draws a second whatever comes back, half on new connections, half pages, and some people beside. */
async function offer(url: string, perSecond: number, seconds: number): Promise<LoadResult> {
  const load = await startLoad({ ...usual(url), perSecond, postsPerSecond });
  await pause(seconds * 1000);
  return load.stop();
}

function goodPerSecond({ requests, failed, duration }: LoadResult): number {
  return ((requests - failed) * 1000) / duration;
}

/** Why requests failed that were not refused as they should be. */
function reasonsIn({ failures }: LoadResult): string[] {
  return [...new Set(failures.filter(({ kind }) => kind !== 'busy').map(({ reason }) => reason))];
}

function isLate({ seconds }: LoadResult): boolean {
  return seconds.filter(({ late }) => late > mostLate).length > seconds.length / 2;
}

function p99(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.ceil(0.99 * values.length) - 1] ?? 0;
}

/** Who was answered 201 and is not in the database. */
async function lost(added: LoadResult['added'], { host, port, user, password, database }: DatabaseAccess) {
  const connection = await createConnection({ host, port, user, password, database });
  const [rows] = await connection.query<RowDataPacket[]>('SELECT id, name FROM people');
  await connection.end();
  const kept = new Map(rows.map(({ id, name }) => [id, name]));
  expect(added.length).toBeGreaterThan(0);
  return added.filter(({ id, name }) => kept.get(id) !== name);
}

/** One line for whoever reads the output of a run. */
function print(share: number, of: number, result: LoadResult): void {
  const refused = result.failures.filter(({ kind }) => kind === 'busy').map(({ after }) => after);
  const late = isLate(result) ? ', the load was late' : '';
  process.stderr.write(
    `${share.toFixed(1)} × ${Math.round(of)}/s: ${Math.round(goodPerSecond(result))}/s good, p50 ${result.p50}, p99 ${result.p99} ms; ` +
      `${refused.length} refused, p99 ${p99(refused)} ms; ${result.failed - refused.length} broken${late}\n`,
  );
}

describeWith(['nginx'], 'a replica that can do little', () => {
  test('refuses, and yet draws fewer requests than one that serves', async () => {
    const port = await freePort();
    let turn = Promise.resolve();
    const slow = await startReplica(
      '127.0.0.2',
      port,
      appOf(() => (turn = turn.then(() => pause(20)))),
    );
    const good = await startReplica(
      '127.0.0.3',
      port,
      appOf(() => pause(100)),
    );
    const { url } = await startNginx({ port, replicas: [slow.address, good.address] });
    const load = await startLoad({ ...usual(url), perSecond: 400, onlyStatus: true });
    await pause(5000);
    const { failures } = await load.stop();
    expect(failures.some(({ kind }) => kind === 'busy')).toBe(true);
    expect(slow.requests.length).toBeLessThan(good.requests.length);
  });
});

/** A service with one limited route, whose work is this. */
function appOf(work: () => Promise<void>) {
  const base = createBase('service1', readSettings(commonSettings(1), { LOG_LEVEL: 'silent' }));
  const draw = async (_request: unknown, response: { send(body: string): unknown }) => {
    await work();
    response.send('drawn');
  };
  return createService(
    base,
    limited('draws', base, ({ title }) => title, [['get', '/', draw]]),
  ).app;
}
