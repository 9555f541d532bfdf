import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { readSettings } from '@motorpool/service/settings.ts';
import { createConnection } from 'mysql2/promise';
import { type Failure, type Load, type LoadResult, startLoad } from '../lab/load/load.ts';
import { connectMysql } from '../service1/database/mysql.ts';
import { createPeople, type People } from '../service1/people/people.ts';
import { declaration } from '../service1/settings.ts';
import { startDns } from './support/dns.ts';
import { fillMysql } from './support/filled.ts';
import { command, join, membersOf, standingOf, startGroup } from './support/group.ts';
import { describeWith } from './support/missing.ts';
import type { Mysql } from './support/mysql.ts';
import { send } from './support/send.ts';
import { type DatabaseAccess, mysqlSettings, type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const useDns = fileURLToPath(new URL('support/use-dns.ts', import.meta.url));
jest.setTimeout(60_000);

describeWith(['mysqld'], 'a group of three servers', () => {
  let group: Mysql[];
  let access: DatabaseAccess;
  let system: System;
  const opened: People[] = [];

  beforeAll(async () => {
    group = await startGroup();
    access = await fillMysql(await theOne('PRIMARY'));
    const dns = await startDns();
    dns.addresses.set('db', ['127.0.0.2', '127.0.0.3']);
    system = await startSystem({
      mysql: { ...access, host: 'db, 127.0.0.4' },
      overrides: {
        service1: {
          NODE_OPTIONS: `--import=${useDns}`,
          DNS_SERVER: `127.0.0.1:${dns.port}`,
          FLEET_FOR: '127.0.0.1',
        },
      },
    });
  });
  afterEach(() => Promise.all(opened.splice(0).map(people => people.close())));

  test.each([
    ['PRIMARY', 'is killed', (member: Mysql) => member.kill(), (member: Mysql) => member.start()],
    ['PRIMARY', 'hangs', async (member: Mysql) => member.pause(), resume],
    ['SECONDARY', 'hangs', async (member: Mysql) => member.pause(), resume],
  ])(
    'when its %s %s, no draw fails, people are soon added again, and each of them once',
    async (role, _, hurt, mend) => {
      const member = await theOne(role);
      const load = await startLoad({ targets: [system.url], perSecond: 20, postsPerSecond: 4 });
      await pause(1000);
      await hurt(member);
      const began = performance.now();
      await pause(3000); // the load goes on
      await added(load);
      const gapMs = performance.now() - began;
      const result = await load.stop();
      await until('it was expelled', async () => (await membersOf(await theOne('PRIMARY'))) === 2);
      await mend(member);
      await join(member);
      const mayFail = ({ method, status }: Failure) =>
        role === 'PRIMARY' && method === 'POST' && status === 503;
      expect(result.failures.filter(failure => !mayFail(failure))).toEqual([]);
      expect(gapMs).toBeLessThan(10_000);
      await expectOnce(result);
    },
  );

  test('answers all who draw at the moment in which its primary hangs', async () => {
    const member = await theOne('PRIMARY');
    const { status } = await send(system.url, '/');
    expect(status).toBe(200);
    member.pause();
    const draws = await Promise.all(Array.from({ length: 60 }, () => send(system.url, '/')));
    member.resume();
    expect(draws.filter(({ status }) => status !== 200)).toEqual([]);
  });

  test('is seen in /ready and in /fleet, each member with its role', async () => {
    const ask = async (path: string) =>
      JSON.parse((await send(system.url, path, { headers: { Accept: 'application/json' } })).body);
    const roles = ['primary', 'secondary', 'secondary'];
    const { members } = (await ask('/ready')).parts.database;
    expect(members.map(({ role, state }: Record<string, string>) => `${role} ${state}`).sort()).toEqual(
      roles.map(role => `${role} up`),
    );
    const { services, replicas } = await ask('/fleet');
    expect(services.at(-1)).toEqual({ service: 'database', answered: 3, wanted: 3 });
    expect(replicas.flatMap(({ role }: Record<string, string>) => role ?? []).sort()).toEqual(roles);
  });

  test('finds on a secondary that lags whoever was added, and says nothing wrong while it cannot', async () => {
    const secondary = await theOne('SECONDARY');
    const lock = await createConnection(secondary.admin);
    await lock.query('FLUSH TABLES WITH READ LOCK');
    const { id } = await openAt(group).add('Late');
    const reader = openAt([secondary]);
    await expect(reader.withId(id)).rejects.toThrow('MySQL failed');
    const found = reader.withId(id);
    await pause(200);
    await lock.end();
    expect((await found).value).toEqual({ id, name: 'Late' });
    expect((await reader.withId(id + 1000)).value).toBeNull();
  });

  test.each(['read_only', 'transaction_read_only', 'offline_mode'])(
    'adds somebody once, when the primary is no longer %s',
    async variable => {
      const primary = await theOne('PRIMARY');
      const people = openAt(group);
      await command(primary, `SET GLOBAL ${variable} = ON`);
      const adding = people.add(variable);
      await pause(1000);
      await command(primary, `SET GLOBAL ${variable} = OFF`);
      const { id } = await adding;
      expect((await people.withId(id)).value).toEqual({ id, name: variable });
    },
  );

  async function theOne(role: string): Promise<Mysql> {
    for (const member of group)
      if ((await standingOf(member).catch(() => 'absent')) === `ONLINE ${role}`) return member;
    throw new Error(`There is no ${role}.`);
  }

  async function resume(member: Mysql): Promise<void> {
    member.resume();
    await command(member, 'STOP GROUP_REPLICATION');
  }

  /** Waits until somebody more was added. */
  async function added(load: Load): Promise<void> {
    const before = (await load.progress()).added;
    await until('somebody was added', async () => (await load.progress()).added > before, 20_000);
  }

  async function expectOnce({ added }: LoadResult): Promise<void> {
    const rows = await command(
      await theOne('PRIMARY'),
      `SELECT id, name FROM ${access.database}.people WHERE id > 372`,
    );
    const names = rows.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const kept = new Map(rows.map(({ id, name }) => [id, name]));
    expect(added.filter(({ id, name }) => kept.get(id) !== name)).toEqual([]);
    expect(added.length).toBeGreaterThan(5);
  }

  function openAt(members: Mysql[]): People {
    const settings = mysqlSettings({ ...access, host: members.map(({ host }) => host).join() });
    const people = createPeople(connectMysql(readSettings(declaration, settings)));
    opened.push(people);
    return people;
  }
});
