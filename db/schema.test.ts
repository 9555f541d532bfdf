import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createConnection, createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { schema, sqliteSchema } from '../service1/database/seed.ts';
import { describeWith } from '../tests/support/missing.ts';
import { startMysql } from '../tests/support/mysql.ts';

type Row = Record<string, unknown>;
type Run = (sql: string) => Promise<Row[]>;

/** Someone with an id far from zero, below which MySQL's numbers without a sign do not go. */
const someone = "INSERT INTO people (id, name) VALUES (1000, 'Ana')";

describe('SQLite', () => {
  const database = new DatabaseSync(':memory:');
  beforeAll(() => database.exec(sqliteSchema));
  const run: Run = async sql => database.prepare(sql).all();
  testSeats(run);

  test.each(['ON', 'OFF'])('nobody gets the id of somebody who is there (foreign keys %s)', async keys => {
    database.exec(`PRAGMA foreign_keys = ${keys}`);
    await run("INSERT INTO people (id, name) VALUES (1, 'Ana'), (2, 'Bo')");
    await expect(run('UPDATE OR REPLACE people SET id = 2 WHERE id = 1')).rejects.toThrow(
      'Somebody has this id',
    );
    await run('UPDATE people SET rowid = 7 WHERE id = 1');
    await run("REPLACE INTO people (id, name) VALUES (2, 'Bea')");
    expect(await expectNoGaps(run)).toEqual([7, 2]);
  });
});

describeWith(['mysqld'], 'MySQL', () => {
  let pool: Pool;
  const run: Run = async sql => (await pool.query<RowDataPacket[]>(sql))[0];
  beforeAll(async () => {
    const { admin } = await startMysql();
    const connection = await createConnection(admin);
    await connection.query('CREATE DATABASE motorpool');
    await connection.end();
    pool = createPool({ ...admin, database: 'motorpool', connectionLimit: 9, multipleStatements: true });
    await run(schema);
  });
  afterAll(() => pool.end());

  testSeats(run);

  test('refuses a TRUNCATE, which no trigger would hear of', async () => {
    await expect(run('TRUNCATE people')).rejects.toThrow(/foreign key/i);
  });

  test('eight who come and go at once leave no gap, four in READ COMMITTED and four in REPEATABLE READ', async () => {
    await run(someone);
    const until = performance.now() + 3000;
    const levels = ['READ COMMITTED', 'REPEATABLE READ'];
    await Promise.all([...levels, ...levels, ...levels, ...levels].map(level => comeAndGo(level, until)));
    await expectNoGaps(run);
  });

  /** Writes until then, and at least some times. */
  async function comeAndGo(isolation: string, until: number): Promise<void> {
    const connection = await pool.getConnection();
    await connection.query(`SET SESSION TRANSACTION ISOLATION LEVEL ${isolation}`);
    let writes = 0;
    while (performance.now() < until || writes < 15) {
      await connection.query(randomWrite()).then(
        () => (writes += 1),
        error => expect(error.code).toBe('ER_LOCK_DEADLOCK'),
      );
    }
    connection.release();
  }
});

function testSeats(run: Run): void {
  beforeEach(() => run('DELETE FROM people'));

  test('who comes takes the next seat, many at once and with ids of their own too', async () => {
    await run("INSERT INTO people (id, name) VALUES (1000000000, 'Ana')");
    await run("INSERT INTO people (id, name) VALUES (5, 'Bo'), (1, 'Cy')");
    await run("INSERT INTO people (name) VALUES ('Di'), ('Ed')");
    expect((await expectNoGaps(run)).slice(0, 3)).toEqual([1000000000, 5, 1]);
  });

  test('who sits last moves to the seat of one who leaves', async () => {
    await run("INSERT INTO people (id, name) VALUES (1, 'Ana'), (2, 'Bo'), (3, 'Cy'), (4, 'Di')");
    await run('DELETE FROM people WHERE id = 2');
    expect(await expectNoGaps(run)).toEqual([1, 4, 3]);
    await run('DELETE FROM people WHERE id = 3');
    expect(await expectNoGaps(run)).toEqual([1, 4]);
    await run('DELETE FROM people WHERE id IN (1, 4)');
    expect(await expectNoGaps(run)).toEqual([]);
  });

  test('an id that changes keeps its seat', async () => {
    await run("INSERT INTO people (id, name) VALUES (1, 'Ana'), (2, 'Bo')");
    await run('UPDATE people SET id = 7 WHERE id = 1');
    expect(await expectNoGaps(run)).toEqual([7, 2]);
  });

  test('who replaces somebody has one seat', async () => {
    await run("INSERT INTO people (id, name) VALUES (1, 'Ana'), (2, 'Bo'), (3, 'Cy')");
    await run("REPLACE INTO people (id, name) VALUES (2, 'Bea'), (4, 'Di')");
    expect((await expectNoGaps(run)).toSorted()).toEqual([1, 2, 3, 4]);
    await run('DELETE FROM people WHERE id = 2');
    expect((await expectNoGaps(run)).toSorted()).toEqual([1, 3, 4]);
  });

  test('the id of one who left is given to nobody else', async () => {
    await run("INSERT INTO people (name) VALUES ('Ana'), ('Bo')");
    const [highest] = await run('SELECT MAX(id) AS id FROM people');
    await run('DELETE FROM people');
    await run("INSERT INTO people (name) VALUES ('Cy')");
    const [given] = await run('SELECT id FROM people');
    expect(Number(given?.id)).toBeGreaterThan(Number(highest?.id));
  });

  test('a statement that fails in the middle leaves nothing behind', async () => {
    await run("INSERT INTO people (id, name) VALUES (1, 'Ana'), (2, 'Bo')");
    await expect(run("INSERT INTO people (id, name) VALUES (3, 'Cy'), (2, 'Di')")).rejects.toThrow();
    expect(await expectNoGaps(run)).toEqual([1, 2]);
  });

  test('after whatever comes and goes there is no gap', async () => {
    await run(someone);
    for (let writes = 0; writes < 300; writes += 1) {
      await run(randomWrite());
      if (writes % 10 === 0) await expectNoGaps(run);
    }
    await expectNoGaps(run);
  });
}

/** The ids in the seats 1, 2, 3 …; fails unless these are exactly the people. */
async function expectNoGaps(run: Run): Promise<number[]> {
  const rows = await run('SELECT seat, person_id FROM seats ORDER BY seat');
  const ids = rows.map(row => Number(row.person_id));
  const people = await run('SELECT id FROM people ORDER BY id');
  expect(rows.map(row => Number(row.seat))).toEqual(ids.map((_, index) => index + 1));
  expect(ids.toSorted((a, b) => a - b)).toEqual(people.map(row => Number(row.id)));
  return ids;
}

/** One, a few or no people come or go, a little more of them come; rarely everyone goes. */
function randomWrite(): string {
  const random = (max: number) => Math.floor(Math.random() * max);
  const some = Array.from({ length: 1 + random(4) });
  const newest = '(SELECT newest FROM (SELECT MAX(id) AS newest FROM people) AS people_now)';
  const chance = Math.random();
  if (chance < 0.55) return `INSERT INTO people (name) VALUES ${some.map(() => "('Zoë')").join(', ')}`;
  if (chance < 0.95)
    return `DELETE FROM people WHERE id IN (${some.map(() => `${newest} - ${random(40)}`).join(', ')})`;
  if (chance < 0.99) return `DELETE FROM people WHERE id < ${newest} - ${random(60)}`;
  return 'DELETE FROM people';
}
