import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { StartError } from '@motorpool/service/start.ts';
import { createPeople } from '../people/people.ts';
import { DatabaseError } from './database.ts';
import { schema, sqliteSchema } from './seed.ts';
import { openSqlite } from './sqlite.ts';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'sqlite-')), 'motorpool.sqlite');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

describe('When the file was there before', () => {
  test('who was added is still there', async () => {
    const before = createPeople(openSqlite(path, 'one'));
    const added = await before.add('Amelia the Second');
    const { value: seats } = await before.seats();
    await before.close();
    expect(existsSync(path)).toBe(true);
    const after = createPeople(openSqlite(path, 'one'));
    expect((await after.withId(added.id)).value).toEqual(added);
    expect((await after.seats()).value).toBe(seats);
    await after.close();
  });
});

describe('When the file is of an earlier version', () => {
  test.each([
    ['one that gave an id again', withoutListParts(schema.replaceAll(/-- .*/g, '')), 3, null],
    ['a later one', sqliteSchema, 10, 0],
  ])('%s, its people are there, each in one seat, and ids go on', async (_, sql, nextId, loaded) => {
    const earlier = new DatabaseSync(path);
    earlier.exec(`${sql};
      INSERT INTO people (id, name) VALUES (1, 'Ana'), (2, 'Bo'), (9, 'Cy');
      REPLACE INTO people (id, name) VALUES (2, 'Bea'); DELETE FROM people WHERE id = 9`);
    earlier.close();
    const database = openSqlite(path, 'one');
    const { value } = await database.select(
      'SELECT seat, name FROM seats JOIN people ON id = person_id',
      [],
      0,
    );
    expect(value).toEqual([
      { seat: 1, name: 'Ana' },
      { seat: 2, name: 'Bea' },
    ]);
    expect(await database.insert('INSERT INTO people (name) VALUES (?)', ['Di'], 0)).toBe(nextId);
    expect(await createPeople(database).loaded()).toBe(loaded);
    await database.close();
  });

  test('ids go on although nobody is left', async () => {
    const earlier = new DatabaseSync(path);
    earlier.exec(`${sqliteSchema}; INSERT INTO people (id, name) VALUES (9, 'Cy'); DELETE FROM people`);
    earlier.close();
    const database = openSqlite(path, 'one');
    expect(await database.insert('INSERT INTO people (name) VALUES (?)', ['Di'], 0)).toBe(10);
    await database.close();
  });
});

test('who answers is this instance, and the version of SQLite', async () => {
  const database = openSqlite(':memory:', 'one');
  const identity = { instance: 'one', version: expect.stringMatching(/^SQLite 3\.\d+/) };
  expect(await database.select('SELECT 1 AS one', [], 0)).toEqual({ value: [{ one: 1 }], ...identity });
  expect(await database.members(0)).toEqual([{ address: ':memory:', role: null, isUp: true, ...identity }]);
  await database.close();
});

test('what fails is a DatabaseError with the cause', async () => {
  const database = openSqlite(':memory:', 'one');
  const error = await database.select('SELECT 1 FROM nowhere', [], 0).catch(thrown => thrown);
  expect(error).toBeInstanceOf(DatabaseError);
  expect(error.cause.message).toContain('nowhere');
  await database.close();
  await expect(database.insert('INSERT INTO people (name) VALUES (?)', ['Ann'], 0)).rejects.toThrow(
    DatabaseError,
  );
});

test('two processes may have the file open', async () => {
  const [one, other] = [openSqlite(path, 'one'), openSqlite(path, 'other')].map(createPeople);
  const added = await one?.add('Amelia the Second');
  expect((await other?.withId(Number(added?.id)))?.value).toEqual(added);
  await Promise.all([one?.close(), other?.close()]);
});

test('a file that cannot be opened is said in a sentence that names the setting', () => {
  expect(() => openSqlite('/dev/null/none', 'one')).toThrow(StartError);
  expect(() => openSqlite('/dev/null/none', 'one')).toThrow(/set DB_FILE to another one/);
});

function withoutListParts(sql: string): string {
  return sql.replace(/CREATE TABLE list_parts [^;]*;/, '');
}
