import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { type LoadResult, startLoad } from '../lab/load/load.ts';
import { percentiles } from '../lab/load/tally.ts';
import { startDeaf } from './support/deaf.ts';
import { fillMysql } from './support/filled.ts';
import { inTime } from './support/in-time.ts';
import { describeWith } from './support/missing.ts';
import { type Mysql, startMysql } from './support/mysql.ts';
import { type Relay, startRelay } from './support/relay.ts';
import { send } from './support/send.ts';
import { startService } from './support/service.ts';
import { type DatabaseAccess, type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const hungSeconds = 60;
const perSecond = 50;
// Of service 1: ten for those who read, two for those who add.
const connections = 12;

type Filled = { mysql: Mysql; access: DatabaseAccess; admin: Connection; relay: Relay; system: System };
/** How a load fared, and how long the same process took to say at the same time that it is well, in ms. */
type Fared = LoadResult & { healthMs: number[] };
type Damage = { break(): Promise<unknown>; look(): Promise<void>; mend(): Promise<unknown> };

describeWith(['mysqld'], 'what hangs', () => {
  let filled: Filled;

  beforeAll(async () => {
    filled = await startFilled();
  });

  describe(`during ${hungSeconds} seconds under ${perSecond} draws a second`, () => {
    // Three systems side by side, for a minute is long; each is broken in its own way.
    const seen = { held: 0, left: 0, statements: 0, longest: 0, connecting: [] as number[] };
    let results: Record<'hanging' | 'locked' | 'deaf', Fared>;

    beforeAll(async () => {
      const [other, without] = await Promise.all([startFilled(), startSystem()]);
      const [hanging, locked, deaf] = await Promise.all([hang(filled), lock(other), deafen(without)]);
      results = { hanging, locked, deaf };
    }, 180_000);

    function hang({ mysql, relay, system }: Filled) {
      return drawThrough(system, {
        break: async () => mysql.pause(),
        async look() {
          const { caller, called } = relay.open();
          seen.held = Math.max(seen.held, caller);
          seen.left = Math.max(seen.left, called);
        },
        mend: async () => mysql.resume(),
      });
    }

    function lock({ admin, access, system }: Filled) {
      return drawThrough(system, {
        break: () => admin.query('LOCK TABLES seats WRITE, people WRITE'),
        async look() {
          const [rows] = await admin.query<RowDataPacket[]>(
            "SELECT COUNT(*) AS statements, MAX(TIME) AS longest FROM information_schema.PROCESSLIST WHERE USER = ? AND COMMAND <> 'Sleep'",
            [access.user],
          );
          seen.statements = Math.max(seen.statements, rows[0]?.statements);
          seen.longest = Math.max(seen.longest, rows[0]?.longest);
        },
        mend: () => admin.query('UNLOCK TABLES'),
      });
    }

    async function deafen(system: System) {
      const { port } = system.service4;
      system.service4.kill('SIGKILL');
      await system.service4.exited;
      const deaf = await startDeaf(port);
      return drawThrough(system, {
        break: async () => {},
        look: async () => void seen.connecting.push(connectingTo(port)),
        async mend() {
          await deaf.stop();
          await startService('service4', { port });
        },
      });
    }

    test('a database that hangs is left the connections that it had, and as many that it has not greeted', () => {
      expect(seen.held).toBeLessThanOrEqual(connections);
      expect(seen.left).toBeLessThanOrEqual(2 * connections);
      expectRefused(results.hanging);
    });

    test('a table that is locked has no more statements wait than there are connections, for a second each', () => {
      expect(seen.statements).toBeGreaterThan(5);
      expect(seen.statements).toBeLessThanOrEqual(connections);
      expect(seen.longest).toBeLessThanOrEqual(2);
      expectRefused(results.locked);
    });

    test('a service whose SYNs vanish costs no more time and connections than it may', () => {
      // Each is given up after 300 ms: 50 a second, a fifth of them once more, and those that may be at once.
      expect(Math.max(...seen.connecting)).toBeGreaterThan(5);
      expect(Math.max(...seen.connecting)).toBeLessThanOrEqual(128);
      expect(seen.connecting.slice(-100).sort((one, other) => one - other)[50]).toBeLessThan(40);
      expectRefused(results.deaf);
    });
  });

  describe('a database', () => {
    test('with a transaction that is left open keeps nobody from drawing, and who was told 503 is not added after it', async () => {
      const { admin, system } = filled;
      const load = await startDraws(system);
      await admin.query('START TRANSACTION');
      await admin.query('DELETE FROM people WHERE id = 3');
      const statuses = await Promise.all(Array.from({ length: 30 }, (_, number) => add(`Late ${number}`)));
      expect(new Set(statuses)).toEqual(new Set([503]));
      await admin.query('ROLLBACK');
      expect((await load.stop()).failures).toEqual([]);
      await expectNobodyOf('Late');
    });

    test('that stalls for a second fails no draw', async () => {
      const load = await startDraws(filled.system);
      filled.mysql.pause();
      await pause(1100);
      filled.mysql.resume();
      // A machine that takes longer over the pause fails some, but none before their time.
      expect((await load.stop()).failures.filter(({ at, after }) => at < 1000 && after < 1250)).toEqual([]);
    });

    test('that hung adds nobody who was told 503 when it goes on', async () => {
      filled.mysql.pause();
      const statuses = await Promise.all(Array.from({ length: 20 }, (_, number) => add(`Lost ${number}`)));
      filled.mysql.resume();
      expect(new Set(statuses)).toEqual(new Set([503]));
      await until('somebody could be added', async () => (await add('Found')) === 201, 4000);
      await expectNobodyOf('Lost');
    });

    async function add(name: string): Promise<number> {
      const headers = { 'Content-Type': 'application/json' };
      const body = JSON.stringify({ name });
      return (await send(filled.system.url, '/people', { method: 'POST', headers, body })).status;
    }

    async function expectNobodyOf(name: string): Promise<void> {
      const [rows] = await filled.admin.query('SELECT name FROM people WHERE name LIKE ?', [`${name}%`]);
      expect(rows).toEqual([]);
    }
  });
});

async function startFilled(): Promise<Filled> {
  const mysql = await startMysql();
  const access = await fillMysql(mysql);
  const admin = await createConnection({ ...mysql.admin, database: access.database });
  const relay = await startRelay(mysql.port);
  const system = await startSystem({ mysql: { ...access, port: relay.port } });
  return { mysql, access, admin, relay, system };
}

function startDraws({ url }: System) {
  return startLoad({ targets: [url], perSecond, onlyStatus: true });
}

/** Draws while something is broken, and looks at it often; then sees a draw within two seconds. Gives how the load fared. */
async function drawThrough(system: System, damage: Damage): Promise<Fared> {
  const load = await startDraws(system);
  const healthMs: number[] = [];
  await damage.break();
  const end = performance.now() + hungSeconds * 1000;
  while (performance.now() < end) {
    await damage.look();
    const asked = performance.now();
    await send(system.url, '/health');
    healthMs.push(performance.now() - asked);
    await pause(50);
  }
  await damage.mend();
  const drawn = until('a draw succeeded', async () => (await send(system.url, '/')).status === 200);
  await inTime(2000, drawn, { control: () => send(system.url, '/health') });
  return { ...(await load.stop()), healthMs };
}

/**
 * Most draws were answered 503, and 99 % of these before NGINX gives up, but for what the load and the machine were late:
 * so no queue was longer than what comes in that time.
 */
function expectRefused({ failures, seconds, healthMs }: Fared): void {
  expect(failures.length).toBeGreaterThan(0.8 * perSecond * hungSeconds);
  expect(new Set(failures.map(({ status }) => status))).toEqual(new Set([503]));
  const lateBy = new Map(seconds.map(({ second, late }) => [second, late]));
  const took = failures.map(({ at, after }) => after - (lateBy.get(Math.floor(at / 1000)) ?? 0));
  expect(percentiles(took).p99).toBeLessThan(2500 + percentiles(healthMs).p99);
}

/** How many connections to a port have sent their SYN and heard nothing; proc_net_tcp(5). */
function connectingTo(port: number): number {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map(row => row.trim().split(/ +/));
  return rows.filter(([, , address = '', state]) => address.endsWith(remote) && state === '02').length;
}
