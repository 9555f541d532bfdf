import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { type LoadResult, startLoad } from '../lab/load/load.ts';
import { fillMysql } from './support/filled.ts';
import { inTime } from './support/in-time.ts';
import { describeWith } from './support/missing.ts';
import { type Mysql, startMysql } from './support/mysql.ts';
import { type Relay, startRelay } from './support/relay.ts';
import { send } from './support/send.ts';
import { type DatabaseAccess, type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

// What has no bound is far above it by then; a minute shows nothing else.
const seconds = 8;
// Of service 1: ten for those who read, two for those who add.
const connections = 12;

describeWith(['mysqld'], 'under 50 draws a second', () => {
  let mysql: Mysql;
  let access: DatabaseAccess;
  let admin: Connection;
  let relay: Relay;
  let system: System;

  beforeAll(async () => {
    mysql = await startMysql();
    access = await fillMysql(mysql);
    admin = await createConnection({ ...mysql.admin, database: access.database });
    relay = await startRelay(mysql.port);
    system = await startSystem({ mysql: { ...access, port: relay.port } });
  });

  test('a database that hangs is left the connections that it had, and as many that it has not greeted', async () => {
    const most = { held: 0, left: 0 };
    const { failures } = await drawThrough(
      async () => mysql.pause(),
      async () => {
        const { caller, called } = relay.open();
        most.held = Math.max(most.held, caller);
        most.left = Math.max(most.left, called);
      },
      async () => mysql.resume(),
    );
    expect(most.held).toBeLessThanOrEqual(connections);
    expect(most.left).toBeLessThanOrEqual(2 * connections);
    expectRefused(failures);
  });

  test('a table that is locked has no more statements wait than there are connections, for a second each', async () => {
    let [most, longest] = [0, 0];
    const { failures } = await drawThrough(
      async () => void (await admin.query('LOCK TABLES seats WRITE, people WRITE')),
      async () => {
        const [rows] = await admin.query<RowDataPacket[]>(
          "SELECT COUNT(*) AS statements, MAX(TIME) AS longest FROM information_schema.PROCESSLIST WHERE USER = ? AND COMMAND <> 'Sleep'",
          [access.user],
        );
        most = Math.max(most, rows[0]?.statements);
        longest = Math.max(longest, rows[0]?.longest);
      },
      async () => void (await admin.query('UNLOCK TABLES')),
    );
    expect(most).toBeGreaterThan(5);
    expect(most).toBeLessThanOrEqual(connections);
    expect(longest).toBeLessThanOrEqual(2);
    expectRefused(failures);
  });

  test('a transaction that is left open keeps nobody from drawing, and who was told 503 is not added after it', async () => {
    const load = await startDraws();
    await admin.query('START TRANSACTION');
    await admin.query('DELETE FROM people WHERE id = 3');
    const names = Array.from({ length: 30 }, (_, number) => `Late ${number}`);
    const statuses = await Promise.all(names.map(add));
    expect(new Set(statuses)).toEqual(new Set([503]));
    await admin.query('ROLLBACK');
    expect((await load.stop()).failures).toEqual([]);
    await expectNobodyOf('Late');
  });

  test('who was told 503 by a database that hung is not added when it goes on', async () => {
    mysql.pause();
    const statuses = await Promise.all(Array.from({ length: 20 }, (_, number) => add(`Lost ${number}`)));
    mysql.resume();
    expect(new Set(statuses)).toEqual(new Set([503]));
    await until('somebody could be added', async () => (await add('Found')) === 201, 4000);
    await expectNobodyOf('Lost');
  });

  /** Draws for some seconds while something is broken; looks at it often; then sees a draw within two seconds. */
  async function drawThrough(
    damage: () => Promise<void>,
    look: () => Promise<void>,
    mend: () => Promise<void>,
  ): Promise<LoadResult> {
    const load = await startDraws();
    await damage();
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      await look();
      await pause(50);
    }
    await mend();
    const drawn = until('a draw succeeded', async () => (await send(system.url, '/')).status === 200);
    await inTime(2000, drawn, { control: () => send(system.url, '/health') });
    return load.stop();
  }

  function startDraws() {
    const rates = { perSecond: 50, postsPerSecond: 0 };
    return startLoad({ targets: [system.url], ...rates, failover: false, timeoutMs: 5000, onlyStatus: true });
  }

  async function add(name: string): Promise<number> {
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify({ name });
    return (await send(system.url, '/people', { method: 'POST', headers, body })).status;
  }

  async function expectNobodyOf(name: string): Promise<void> {
    const [rows] = await admin.query('SELECT name FROM people WHERE name LIKE ?', [`${name}%`]);
    expect(rows).toEqual([]);
  }
});

/** Most draws were answered 503, each before NGINX gives up: so no queue was longer than what comes in that time. */
function expectRefused(failures: LoadResult['failures']): void {
  expect(failures.length).toBeGreaterThan(40 * seconds);
  expect(new Set(failures.map(({ status }) => status))).toEqual(new Set([503]));
  for (const { after } of failures) expect(after).toBeLessThan(2500);
}
