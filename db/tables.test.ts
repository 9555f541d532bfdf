import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Connection, createConnection } from 'mysql2/promise';
import { schema } from '../service1/database/seed.ts';
import { contentsOf } from '../tests/support/contents.ts';
import { fillMysql } from '../tests/support/filled.ts';
import { describeWith } from '../tests/support/missing.ts';
import { type Mysql, startMysql } from '../tests/support/mysql.ts';
import { createTables } from './tables.ts';

const statements = schema.split('\n\n');

describeWith(['mysqld'], 'the tables of a database that exists', () => {
  let mysql: Mysql;
  let admin: Connection;
  let whole: Awaited<ReturnType<typeof contentsOf>>;

  beforeAll(async () => {
    mysql = await startMysql();
    admin = await createConnection({ ...mysql.admin, multipleStatements: true });
    await fillMysql(mysql, 'whole');
    whole = await contentsOf(admin, 'whole');
  });
  afterAll(() => admin.end());

  test('are completed, up to whatever statement they were made', async () => {
    for (let count = 2; count < statements.length; count += 1) {
      await prepare('half', statements.slice(0, count));
      await fillMysql(mysql, 'half');
      expect(await contentsOf(admin, 'half')).toEqual(whole);
    }
  });

  test('are named where they are missing, and everybody who came meanwhile has a seat', async () => {
    await fillMysql(mysql, 'lacking');
    await admin.query(
      "USE lacking; DROP TRIGGER person_comes; INSERT INTO people (name) VALUES ('Bo'), ('Cy')",
    );
    expect(await createTables(admin, 'lacking')).toEqual([
      'Completed the tables, which lacked person_comes.',
    ]);
    expect(await createTables(admin, 'lacking')).toEqual([]);
    const { people, seats, seatCount } = await contentsOf(admin, 'lacking');
    expect(seats.map(({ person_id }) => person_id)).toEqual(people.map(({ id }) => id));
    expect(seatCount).toEqual([{ id: 1, seats: whole.people.length + 2 }]);
  });

  test.each([
    [1, /schema_version|list_parts/],
    [2, /list_parts/],
  ])('become those of the newest version from version %d, while somebody adds people', async (age, later) => {
    const aged = statements.filter(statement => !later.test(statement)).map(sql => ofVersion(age, sql));
    await prepare('aged', [...aged, "INSERT INTO people (name) VALUES ('Ana'), ('Bo');"]);
    const other = await createConnection({ ...mysql.admin, database: 'aged' });
    const adding = Promise.all(
      Array.from({ length: 50 }, () => other.query("INSERT INTO people (name) VALUES ('Cy')")),
    );
    expect(await createTables(admin, 'aged')).toEqual([`Brought the tables from version ${age} to 3.`]);
    await adding;
    await other.end();
    await fillMysql(mysql, 'aged');
    const { tables, triggers, grants, version, ...rows } = await contentsOf(admin, 'aged');
    expect(withoutNumbers({ tables, triggers, grants, version })).toBe(withoutNumbers(whole));
    expect(rows.people).toHaveLength(52);
    expect(rows.seats.map(({ seat }) => seat)).toEqual(rows.people.map((_, index) => index + 1));
    expect(rows.seatCount).toEqual([{ id: 1, seats: 52 }]);
    expect(rows.listParts).toEqual([{ names_before: 0, names: 0 }]);
  });

  test('get the list if nobody is in them yet, and never again', async () => {
    await prepare(
      'aged',
      statements.filter(statement => !/list_parts/.test(statement)).map(sql => ofVersion(2, sql)),
    );
    await fillMysql(mysql, 'aged');
    expect((await contentsOf(admin, 'aged')).people).toEqual(whole.people);
    await admin.query('DELETE FROM people');
    await fillMysql(mysql, 'aged');
    expect((await contentsOf(admin, 'aged')).people).toEqual([]);
  });

  test('stay as they are in a version that this release does not know', async () => {
    await fillMysql(mysql, 'future');
    await admin.query('USE future; UPDATE schema_version SET version = 99');
    await expect(createTables(admin, 'future')).rejects.toThrow(
      'have version 99; use a release that knows it.',
    );
  });

  test('have a key each, for servers that want one', async () => {
    if (mysql.version.includes('MariaDB')) return; // it has no such setting
    await admin.query('SET GLOBAL sql_require_primary_key = ON');
    await fillMysql(mysql, 'keyed');
    await admin.query('SET GLOBAL sql_require_primary_key = OFF');
    expect((await contentsOf(admin, 'keyed')).people).toEqual(whole.people);
  });

  async function prepare(database: string, sql: string[]): Promise<void> {
    await admin.query(`DROP DATABASE IF EXISTS ${database}; CREATE DATABASE ${database}; USE ${database}`);
    await admin.query(sql.join('\n\n'));
  }
});

/** A statement as it was in the first version or in the second. */
function ofVersion(version: number, statement: string): string {
  if (version === 2)
    return statement.replace(
      'INTO schema_version (version) VALUES (3)',
      'INTO schema_version (version) VALUES (2)',
    );
  return statement.replace('\n  id INTEGER NOT NULL DEFAULT 1 PRIMARY KEY,', '');
}

function withoutNumbers({ tables, triggers, grants, version }: Record<string, unknown>): string {
  return JSON.stringify({ tables, triggers, grants, version }).replace(/ AUTO_INCREMENT=\d+/, '');
}
