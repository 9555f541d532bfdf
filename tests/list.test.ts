import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { StartError } from '@motorpool/service/start.ts';
import fc from 'fast-check';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { readNames } from '../service1/database/seed.ts';
import { openSqlite } from '../service1/database/sqlite.ts';
import { loadList } from '../service1/people/load.ts';
import { createPeople, type People } from '../service1/people/people.ts';
import { fillMysql } from './support/filled.ts';
import { anyList } from './support/lists.ts';
import { describeWith } from './support/missing.ts';
import { type Mysql, startMysql } from './support/mysql.ts';
import { openPeople } from './support/open-people.ts';
import { send } from './support/send.ts';
import { startService } from './support/service.ts';
import { mysqlSettings, startSystem } from './support/system.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { until } from './support/until.ts';
import { copyWithList } from './support/with-list.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const file = join(temporaryFolder('list').path, 'people.csv');

describeWith(['mysqld'], `a thousand lists with SEED=${seed}`, () => {
  let mysql: Mysql;
  let admin: Connection;
  let people: People;

  beforeAll(async () => {
    mysql = await startMysql();
    admin = await createConnection({ ...mysql.admin, multipleStatements: true });
    await fillMysql(mysql, 'filled', []);
    people = openPeople(await fillMysql(mysql, 'served', []));
  });
  afterAll(async () => {
    await people.close();
    await admin.end();
  });

  test('are taken or refused alike, with the line that is wrong, by all who load them', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(anyList, async list => {
        writeFileSync(file, list.bytes);
        const loads = [intoSqlite(), byService1(), byFill()].map(load => load.catch(error => error));
        for (const outcome of await Promise.all(loads)) {
          if ('people' in list) expect(outcome).toEqual(list.people);
          else {
            expect(outcome).toBeInstanceOf(StartError);
            expect(outcome.message).toMatch(new RegExp(`\\bline ${list.refusedLine}\\b`, 'i'));
          }
        }
        taken += 'people' in list ? 1 : 0;
      }),
      { numRuns: 1000, seed, interruptAfterTimeLimit: 400_000, markInterruptAsFailure: true },
    );
    expect(taken).toBeGreaterThan(200);
    expect(taken).toBeLessThan(800);
  }, 600_000);

  test('of 100,000 lines are taken alike', async () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `Person ${index + 1}`);
    writeFileSync(file, `name\n${names.join('\n')}\n`);
    const loads = [intoSqlite(), byService1(), byFill()];
    for (const people of await Promise.all(loads)) expect(people).toEqual(names);
  }, 300_000);

  async function intoSqlite(): Promise<string[]> {
    const database = openSqlite(':memory:', 'one');
    try {
      await loadList(createPeople(database), read());
      return (await database.select('SELECT name FROM people ORDER BY id', [], 0)).value.map(({ name }) =>
        String(name),
      );
    } finally {
      await database.close();
    }
  }

  async function byService1(): Promise<string[]> {
    const names = read();
    await empty('served');
    await loadList(people, names);
    return namesIn('served');
  }

  async function byFill(): Promise<string[]> {
    const names = read();
    await empty('filled');
    await fillMysql(mysql, 'filled', names);
    return namesIn('filled');
  }

  async function empty(database: string): Promise<void> {
    await admin.query(`DELETE FROM ${database}.people; DELETE FROM ${database}.list_parts`);
  }

  async function namesIn(database: string): Promise<string[]> {
    const [rows] = await admin.query<RowDataPacket[]>(`SELECT name FROM ${database}.people ORDER BY id`);
    return rows.map(row => row.name);
  }
});

describeWith(['mysqld'], 'a long list', () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `Person ${index + 1}`);

  test('is loaded once by two who start at once, though one of them and MySQL are killed in the middle', async () => {
    const mysql = await startMysql();
    const access = await fillMysql(mysql, 'motorpool', []);
    const gate = await createConnection({ ...mysql.admin, database: 'motorpool' });
    await gate.query('DELETE FROM list_parts');
    await gate.query('LOCK TABLES list_parts WRITE');
    const root = copyWithList(`name\n${names.join('\n')}`);
    const start = () => startService('service1', { root, env: mysqlSettings(access) });
    const [first, second] = await Promise.all([start(), start()]);
    await gate.query('UNLOCK TABLES');
    await gate.end();
    const count = async () =>
      (await mysql.query('SELECT MAX(names_before) AS loaded FROM list_parts', 'motorpool'))[0]?.loaded;
    await until('the loading was under way', async () => (await count()) >= 8000);
    first.kill('SIGKILL');
    await until('it went on', async () => (await count()) >= 11_000);
    await mysql.kill();
    await mysql.start();
    await until('it was done', async () => (await count()) === names.length);
    const rows = await mysql.query('SELECT name FROM people ORDER BY id', 'motorpool');
    expect(rows.map(({ name }) => name)).toEqual(names);
    await second.stop();
  });

  test('is refused at the start of service 1, with the line that is wrong', async () => {
    const root = copyWithList(`name\n${names.join('\n')}\nHenry, Jr.\n`);
    const env = { DB_FILE: join(root, 'people.sqlite') };
    await expect(startService('service1', { root, env })).rejects.toThrow(
      /people\.csv cannot .* line 20002\n$/,
    );
    expect(existsSync(env.DB_FILE)).toBe(false);
  });

  test('is not loaded where there was no list_parts: who is there stays, and can be drawn', async () => {
    const mysql = await startMysql();
    const access = await fillMysql(mysql, 'motorpool', ['Ana']);
    await mysql.query('REVOKE ALL ON list_parts FROM motorpool', 'motorpool');
    await mysql.query('DROP TABLE list_parts', 'motorpool');
    const system = await startSystem({ mysql: access, overrides: { service1: { LOG_LEVEL: 'warn' } } });
    await until('MySQL was asked', async () => (await send(system.url, '/ready')).status === 200);
    expect((await send(system.url, '/', { headers: { Accept: 'text/plain' } })).body).toMatch(/^Ana drives/);
    await system.stop();
    expect(system.service1.logs()).toEqual([]);
    expect(await mysql.query('SELECT name FROM people', 'motorpool')).toEqual([{ name: 'Ana' }]);
  });
});

function read(): string[] {
  return readNames(pathToFileURL(file));
}
