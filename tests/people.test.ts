import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { DatabaseError } from '../service1/database/database.ts';
import { readNames } from '../service1/database/seed.ts';
import { openSqlite } from '../service1/database/sqlite.ts';
import { loadList } from '../service1/people/load.ts';
import { createPeople, type People } from '../service1/people/people.ts';
import { fillMysql } from './support/filled.ts';
import { freePort } from './support/free-port.ts';
import { inTime } from './support/in-time.ts';
import { describeWith } from './support/missing.ts';
import { type Mysql, startMysql } from './support/mysql.ts';
import { openPeople } from './support/open-people.ts';
import type { DatabaseAccess } from './support/system.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { until } from './support/until.ts';

describe('SQLite', () => {
  const file = join(temporaryFolder('people').path, 'people.sqlite');
  const open = () => createPeople(openSqlite(file, 'embedded'));
  beforeAll(async () => {
    const people = open();
    await loadList(people, readNames());
    await people.close();
  });
  testPeople(open, async () => {});
});

describeWith(['mysqld'], 'MySQL', () => {
  let mysql: Mysql;
  let access: DatabaseAccess;
  let people: People;

  beforeAll(async () => {
    mysql = await startMysql();
    access = await fillMysql(mysql);
  });
  beforeEach(() => {
    people = openPeople(access);
  });
  afterEach(() => people.close());

  testPeople(
    () => openPeople(access),
    async () => {
      await mysql.kill();
      await mysql.start();
    },
  );

  test('says who it is with its answer, and that it is in no group', async () => {
    const [row] = await mysql.query('SELECT @@hostname AS instance');
    const identity = { instance: row?.instance, version: `MySQL ${mysql.version}` };
    expect(await people.seats()).toEqual({ value: expect.any(Number), ...identity });
    expect(await people.members()).toEqual([{ address: mysql.host, role: null, isUp: true, ...identity }]);
  });

  test.each([
    "UPDATE people SET name = 'Zoë'",
    'DELETE FROM people',
    'TRUNCATE people',
    'DROP TABLE people',
    'CREATE TABLE cars (id INT)',
    'SELECT * FROM seat_count',
    'DELETE FROM seats',
    'SELECT * FROM mysql.user',
    'CREATE USER another',
  ])('its user may not %s', async sql => {
    const user = await createConnection({ ...access });
    await expect(user.query(sql)).rejects.toThrow(/denied/);
    await user.end();
  });

  test('connections that the server has cut are not noticed', async () => {
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(Array.from({ length: 10 }, () => people.seats()));
      await cutConnections();
      await expect(Promise.all([people.seats(), people.withId(1), people.inSeat(1)])).resolves.toMatchObject([
        { value: expect.any(Number) },
        { value: { id: 1, name: 'Amelia' } },
        { value: { person: { id: 1, name: 'Amelia' }, seats: expect.any(Number) } },
      ]);
    }
  });

  test('a query of which the connection is cut while it waits is asked again', async () => {
    const locker = await createConnection({ ...mysql.admin, database: access.database });
    await locker.query('LOCK TABLES people WRITE');
    const person = people.withId(1);
    await until('it waited', async () => {
      const rows = await mysql.query('SHOW PROCESSLIST');
      return rows.some(({ User, State }) => User === access.user && /^Waiting/.test(State));
    });
    await cutConnections();
    await locker.end();
    await expect(person).resolves.toMatchObject({ value: { id: 1, name: 'Amelia' } });
  });

  test('a server that hangs is given up in time, and used again when it goes on', async () => {
    await people.seats();
    mysql.pause();
    try {
      const asks = [people.seats(), people.withId(1), people.page()];
      await Promise.all(asks.map(ask => inTime(1200, expect(ask).rejects.toThrow(DatabaseError))));
      const asked = people.seats(performance.now() + 200);
      await inTime(200, expect(asked).rejects.toThrow(DatabaseError), { slackMs: 100 });
      await expect(people.add('Nobody')).rejects.toThrow(DatabaseError);
    } finally {
      mysql.resume();
    }
    await expect(people.withId(1)).resolves.toMatchObject({ value: { id: 1, name: 'Amelia' } });
  });

  test('a server that is absent is an error, and used when it is there', async () => {
    const absent = openPeople({ ...access, port: await freePort() });
    await expect(absent.seats()).rejects.toThrow(/ECONNREFUSED/);
    await absent.close();

    await people.seats();
    await mysql.kill();
    await expect(people.seats()).rejects.toThrow(DatabaseError);
    await expect(people.add('Nobody')).rejects.toThrow(DatabaseError);
    await mysql.start();
    await expect(people.withId(1)).resolves.toMatchObject({ value: { id: 1, name: 'Amelia' } });
  });

  /** Ends all connections of the application, from the server's side. */
  async function cutConnections(): Promise<void> {
    const rows = await mysql.query('SHOW PROCESSLIST');
    for (const { Id, User } of rows)
      if (User === access.user) await mysql.query(`KILL CONNECTION ${Id}`).catch(() => {});
  }
});

/** What every database has to do alike; it has the people of db/ and no one else at first. */
function testPeople(open: () => People, crash: () => Promise<void>): void {
  const names = readNames();
  let people: People;
  beforeEach(() => {
    people = open();
  });
  afterEach(() => people.close());

  test('holds the people of db/people.csv, letter by letter', async () => {
    expect((await people.seats()).value).toBe(names.length);
    for (const [index, name] of names.entries())
      expect((await people.withId(index + 1)).value).toEqual({ id: index + 1, name });
  });

  test('each seat has a person, and no other number has', async () => {
    const seated = new Set<number | undefined>();
    for (const [index] of names.entries()) seated.add((await people.inSeat(index + 1)).value.person?.id);
    expect(seated.size).toBe(names.length);
    expect(seated).not.toContain(undefined);
    for (const seat of [0, names.length + 1])
      expect((await people.inSeat(seat)).value).toEqual({ person: null, seats: names.length });
  });

  test('gives the people page by page, newest first, nobody twice', async () => {
    const given: string[] = [];
    for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null; ) {
      const page = await people.page(before);
      given.push(...page.people.map(person => person.name));
      before = page.next;
    }
    expect(given).toEqual(names.toReversed());
    expect((await people.page(51)).next).toBeNull();
    expect((await people.page(52)).next).toBe(2);
    expect(await people.page(1)).toEqual({ people: [], next: null });
  });

  test.each([
    ['an emoji of several', '👩🏽‍🚀👨‍👩‍👧‍👦'],
    ['right to left', 'محمد بن سلمان'],
    ['a hundred characters of four bytes', '𝒜'.repeat(100)],
    ['quotes and SQL', `Robert'); DROP TABLE people;-- "\\`],
    ['combining marks that no letter has in one', 'x̧̌y̱'],
  ])('a name with %s comes back as it was', async (_, name) => {
    const { value: before } = await people.seats();
    const person = await people.add(name);
    expect(person).toEqual({ id: expect.any(Number), name });
    expect((await people.withId(person.id)).value).toEqual(person);
    expect((await people.page()).people[0]).toEqual(person);
    expect((await people.inSeat(before + 1)).value).toEqual({ person, seats: before + 1 });
  });

  test('nobody is at an id that was not given', async () => {
    for (const id of [0, 999_999, 4_294_967_296, Number.MAX_SAFE_INTEGER])
      expect((await people.withId(id)).value).toBeNull();
  });

  test('many at once each get an id of their own', async () => {
    const added = await Promise.all(Array.from({ length: 40 }, (_, index) => people.add(`Ana ${index}`)));
    expect(new Set(added.map(person => person.id)).size).toBe(40);
    expect(await Promise.all(added.map(async ({ id }) => (await people.withId(id)).value))).toEqual(added);
  });

  test('who was added is there after a restart', async () => {
    const person = await people.add('Žofie');
    const { value: seats } = await people.seats();
    await people.close();
    await crash();
    people = open();
    expect((await people.withId(person.id)).value).toEqual(person);
    expect((await people.seats()).value).toBe(seats);
  });
}
