import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { Agent, request } from 'undici';
import { openSqlite } from '../service1/database/sqlite.ts';
import { chiSquareTail, evenness } from './support/chi-square.ts';
import { fillMysql } from './support/filled.ts';
import { describeWith } from './support/missing.ts';
import { startMysql } from './support/mysql.ts';
import { type System, startSystem } from './support/system.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

type Row = Record<string, unknown>;
/** The four services, and the way to their database by which people leave. */
type Running = { system: System; run(sql: string): Promise<Row[]> };
type Answer = { status: number; json: { person: { id: number; name: string } } };

// A fair draw is called unfair once in a million runs.
const byChance = 1e-6;
const inFlight = 24;
const agent = new Agent({ connections: inFlight });
afterAll(() => agent.close());

test.each([
  [3.841459, 1, 0.05],
  [18.307038, 10, 0.05],
  [149.449253, 100, 0.001],
  [267.541, 200, 0.001],
  [20_000, 255, 0],
  [1, 255, 1],
])('chi-square is above %d with %d degrees of freedom as often as the tables say', (value, degrees, p) => {
  expect(chiSquareTail(value, degrees)).toBeCloseTo(p, 4);
});

describe('a draw on SQLite', () => {
  testFairness(5000, async () => {
    const file = join(temporaryFolder('fair').path, 'people.sqlite');
    await openSqlite(file, 'seeding').close();
    const database = new DatabaseSync(file, { timeout: 5000 });
    const system = await startSystem({ overrides: { service1: { DB_FILE: file } } });
    return { system, run: async sql => database.prepare(sql).all() };
  });
});

describeWith(['mysqld'], 'a draw on MySQL', () => {
  let admin: Pool;
  afterAll(() => admin.end());

  testFairness(20_000, async () => {
    const mysql = await startMysql();
    const access = await fillMysql(mysql);
    admin = createPool({ ...mysql.admin, database: access.database });
    const system = await startSystem({ mysql: access });
    return { system, run: async sql => (await admin.query<RowDataPacket[]>(sql))[0] };
  });
});

function testFairness(draws: number, start: () => Promise<Running>): void {
  let { system, run } = {} as Running;
  beforeAll(async () => {
    ({ system, run } = await start());
    const people = await run('SELECT id FROM people');
    const leaving = people.map(({ id }) => id).filter(() => Math.random() < 0.3);
    await run(`DELETE FROM people WHERE id IN (${leaving.join(', ')})`);
  });

  const drawnId = async () => (await draw()).json.person.id;

  test(`each person is equally likely, in ${draws} draws with gaps`, async () => {
    const counts = await countDraws(draws, drawnId);
    expect(counts.length).toBeLessThan(320);
    expect(evenness(counts)).toBeGreaterThan(byChance);
  }, 300_000);

  test("the forerunner's way, a number from 1 to 10 and the person with this id, is not fair", async () => {
    const counts = await countDraws(2000, async () => {
      const { json: id } = await get(`${system.service2.url}/number`, 'text/plain');
      return (await get(`${system.url}/people/${id}`)).status === 200 ? Number(id) : undefined;
    });
    expect(evenness(counts)).toBeLessThan(1e-9);
  });

  test('not one draw fails while people leave', async () => {
    const ids = (await run('SELECT id FROM people')).map(({ id }) => Number(id));
    let leaving = true;
    const statuses: number[] = [];
    const drawing = inParallel(inFlight, async () => {
      while (leaving) statuses.push((await draw()).status);
    });
    const gone = ids.slice(20);
    while (gone.length > 0) {
      await run(`DELETE FROM people WHERE id IN (${gone.splice(0, 1 + (gone.length % 5)).join(', ')})`);
      await get(`${system.url}/health`);
    }
    leaving = false;
    await drawing;
    expect(statuses.length).toBeGreaterThan(50);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(ids.slice(0, 20)).toContain(await drawnId());
  });

  test('of the ids 1, 5 and 1,000,000,000, each is drawn about a third of the time', async () => {
    await run('DELETE FROM people');
    await run("INSERT INTO people (id, name) VALUES (1, 'Ana'), (5, 'Bo'), (1000000000, 'Cy')");
    expect(evenness(await countDraws(1500, drawnId))).toBeGreaterThan(byChance);
  });

  test('when there is nobody, 503 says how to add people; who is added then is drawn', async () => {
    await run('DELETE FROM people');
    for (const [accept, type] of [
      ['text/html', 'text/html'],
      ['application/json', 'application/problem+json'],
      ['text/plain', 'text/plain'],
    ] as const) {
      const { statusCode, headers, body } = await request(system.url, { headers: { accept } });
      expect(statusCode).toBe(503);
      expect(headers['content-type']).toContain(type);
      expect(await body.text()).toMatch(/list of people is empty.*Add a person at .*\/people/s);
    }
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'Zoë' });
    const added = await request(`${system.url}/people`, { method: 'POST', headers, body });
    expect(added.statusCode).toBe(201);
    expect((await draw()).json.person).toEqual(await added.body.json());
  });

  /** How often each of the people was drawn; a draw of nobody counts for no one. */
  async function countDraws(count: number, drawOne: () => Promise<number | undefined>): Promise<number[]> {
    const counts = new Map((await run('SELECT id FROM people')).map(({ id }) => [Number(id), 0]));
    let left = count;
    await inParallel(inFlight, async () => {
      while (left > 0) {
        left -= 1;
        const id = await drawOne();
        if (id !== undefined) counts.set(id, (counts.get(id) ?? Number.NaN) + 1);
      }
    });
    return [...counts.values()];
  }

  function draw(): Promise<Answer> {
    return get(system.url);
  }
}

async function get(url: string, accept = 'application/json'): Promise<Answer> {
  const { statusCode, body } = await request(url, { dispatcher: agent, headers: { accept } });
  return { status: statusCode, json: JSON.parse(await body.text()) };
}

async function inParallel(count: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, work));
}
