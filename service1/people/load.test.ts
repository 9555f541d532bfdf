import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { until } from '../../tests/support/until.ts';
import type { Database } from '../database/database.ts';
import { openSqlite } from '../database/sqlite.ts';
import { keepLoaded, loadList } from './load.ts';
import { createPeople, type People } from './people.ts';

const names = Array.from({ length: 1234 }, (_, index) => `Person ${index + 1}`);
const log = pino({ level: 'silent' });
let database: Database;
let people: People;

beforeEach(() => {
  database = openSqlite(':memory:', 'one');
  people = createPeople(database);
});
afterEach(() => people.close());

test('everybody of the list is loaded once, in its order, and nobody again though all have left', async () => {
  expect(await loadList(people, names)).toBe(1234);
  expect(await everybody()).toEqual(names);
  await database.select('DELETE FROM people', [], 0);
  expect(await loadList(people, names)).toBe(0);
  expect(await everybody()).toEqual([]);
});

test('it goes on where it was interrupted, whatever size the parts had before', async () => {
  await people.addPart(0, names.slice(0, 7));
  await people.addPart(7, names.slice(7, 600));
  expect(await loadList(people, names)).toBe(634);
  expect(await everybody()).toEqual(names);
});

test('a part that somebody else adds meanwhile is not added twice', async () => {
  const meanwhile = {
    ...people,
    async addPart(before: number, part: string[]) {
      if (before === 400) await people.addPart(before, part);
      await people.addPart(before, part);
    },
  };
  expect(await loadList(meanwhile, names)).toBe(1034);
  expect(await everybody()).toEqual(names);
});

test('what fails is thrown, and nothing of the part is there', async () => {
  await expect(loadList(people, ['Ana', null as unknown as string])).rejects.toThrow('failed');
  expect(await everybody()).toEqual([]);
  expect(await people.loaded()).toBe(0);
});

test('a database that comes late is loaded, and one that takes its place too', async () => {
  let failures = 7;
  const loaded = () => (failures-- > 0 ? Promise.reject(new Error('no way')) : people.loaded());
  const stop = keepLoaded({ ...people, loaded }, names, log);
  await until('the list was loaded', async () => (await people.loaded()) === null);
  await database.select('DELETE FROM people', [], 0);
  await database.select('DELETE FROM list_parts', [], 0);
  await people.seats(); // as a draw does
  await until('it was loaded again', async () => (await people.loaded()) === null);
  stop();
  expect(await everybody()).toEqual(names);
});

async function everybody(): Promise<unknown[]> {
  return (await database.select('SELECT name FROM people ORDER BY id', [], 0)).value.map(({ name }) => name);
}
