import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { Agent, request } from 'undici';
import { drawAnyone } from '../service1/draw/draw.ts';
import { fakeParts, peopleNamed } from '../service1/test-parts.ts';
import { chiSquareTail, likelihood } from './support/chi-square.ts';
import { fillMysql } from './support/filled.ts';
import { describeWith } from './support/missing.ts';
import { startMysql } from './support/mysql.ts';
import { type System, startSystem } from './support/system.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

type Row = Record<string, unknown>;
/** The four services, and the way to their database by which people leave. */
type Running = { system: System; run(sql: string): Promise<Row[]> };
type Tally = ReturnType<typeof createTally>;
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

test('whoever comes or goes between a number and its draw, each person is equally likely', async () => {
  const people = await peopleNamed(['Ann', 'Ben', 'Cem', 'Dan', 'Eve', 'Fay']);
  const ids = (await people.page()).people.map(({ id }) => id);
  const tally = createTally();
  const number = async (seats: number) => {
    const seat = 1 + Math.floor(Math.random() * seats);
    for (let changes = Math.floor(Math.random() * 3); changes > 0; changes -= 1) {
      if (ids.length < 5 || (ids.length < 7 && Math.random() < 0.5))
        ids.unshift((await people.add('Zoë')).id);
      else for (const id of ids.splice(Math.random() * ids.length, 1)) await people.remove(id);
    }
    return { value: seat, instance: null, version: null };
  };
  const parts = { ...fakeParts({ remotes: { number } }), people };
  let nobody = 0; // ten seats in turn had changed, as in one of a million draws
  for (let draws = 0; draws < 20_000; draws += 1) {
    const { person } = await drawAnyone(parts);
    if (person) tally.count(ids, person.id);
    else nobody += 1;
  }
  expect(nobody).toBeLessThan(5);
  expectFair(tally);
});

describe('a draw on SQLite', () => {
  testFairness(async () => {
    const file = join(temporaryFolder('fair').path, 'people.sqlite');
    const system = await startSystem({ overrides: { service1: { DB_FILE: file } } });
    const database = new DatabaseSync(file, { timeout: 5000 });
    return { system, run: async sql => database.prepare(sql).all() };
  });
});

describeWith(['mysqld'], 'a draw on MySQL', () => {
  let admin: Pool;
  afterAll(() => admin.end());

  testFairness(async () => {
    const mysql = await startMysql();
    const access = await fillMysql(mysql);
    admin = createPool({ ...mysql.admin, database: access.database });
    const system = await startSystem({ mysql: access });
    return { system, run: async sql => (await admin.query<RowDataPacket[]>(sql))[0] };
  });
});

function testFairness(start: () => Promise<Running>): void {
  let { system, run } = {} as Running;
  beforeAll(async () => {
    ({ system, run } = await start());
    await run('DELETE FROM people WHERE id NOT IN (1, 2, 3, 60, 61, 200)');
  });

  const drawnId = async () => (await draw()).json.person.id;

  test('each person is equally likely, with gaps between them', async () => {
    expectFair(await countDraws(2500, drawnId));
  });

  test('each person is equally likely, though somebody comes or goes before every draw', async () => {
    await run('DELETE FROM people');
    await run("INSERT INTO people (name) VALUES ('Ana'), ('Bo'), ('Cy'), ('Di')");
    const tally = createTally();
    for (let draws = 0; draws < 1000; draws += 1) {
      const before = await newestFirst();
      const leaving = before[Math.floor(Math.random() * before.length)];
      await run(
        before.length < 5
          ? "INSERT INTO people (name) VALUES ('Zoë')"
          : `DELETE FROM people WHERE id = ${leaving}`,
      );
      tally.count(await newestFirst(), await drawnId());
    }
    expectFair(tally);
  });

  test('not one draw fails while people come and go', async () => {
    await run(`INSERT INTO people (name) VALUES ${Array.from({ length: 200 }, () => "('Zoë')").join(', ')}`);
    const gone = (await newestFirst()).slice(0, -20);
    const statuses: number[] = [];
    let [changing, changes] = [true, 0];
    const drawing = inParallel(inFlight, async () => {
      while (changing) statuses.push((await draw()).status);
    });
    for (; gone.length > 0; changes += 1) {
      const leaving = gone.splice(0, 1 + (gone.length % 5)).join(', ');
      await run(
        changes % 3
          ? `DELETE FROM people WHERE id IN (${leaving})`
          : "INSERT INTO people (name) VALUES ('Zoë')",
      );
      await get(`${system.url}/health`);
    }
    changing = false;
    await drawing;
    expect(statuses.length).toBeGreaterThan(50);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await newestFirst()).toContain(await drawnId());
  });

  test('of the ids 1, 5 and 1,000,000,000, each is drawn about a third of the time', async () => {
    await run('DELETE FROM people');
    await run("INSERT INTO people (id, name) VALUES (1, 'Ana'), (5, 'Bo'), (1000000000, 'Cy')");
    expectFair(await countDraws(1200, drawnId));
  });

  test("the forerunner's way, a number from 1 to 10 and the person with this id, is not fair to them", async () => {
    const { counts, expected } = await countDraws(600, async () => {
      const { json: id } = await get(`${system.service2.url}/number`, 'text/plain');
      return (await get(`${system.url}/people/${id}`)).status === 200 ? Number(id) : undefined;
    });
    expect(counts).toHaveLength(3);
    expect(likelihood(counts, expected)).toBeLessThan(1e-9);
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
  async function countDraws(count: number, drawOne: () => Promise<number | undefined>): Promise<Tally> {
    const ids = await newestFirst();
    const tally = createTally();
    let left = count;
    await inParallel(inFlight, async () => {
      while (left > 0) {
        left -= 1;
        const id = await drawOne();
        if (id !== undefined) tally.count(ids, id);
      }
    });
    return tally;
  }

  async function newestFirst(): Promise<number[]> {
    return (await run('SELECT id FROM people ORDER BY id DESC')).map(({ id }) => Number(id));
  }

  function draw(): Promise<Answer> {
    return get(system.url);
  }
}

/** Counts who is drawn, by the place among those who are there, and how often that was to be expected. */
function createTally() {
  const counts: number[] = [];
  const expected: number[] = [];
  return {
    counts,
    expected,
    count(present: number[], drawn: number): void {
      for (const [place, id] of present.entries()) {
        counts[place] = (counts[place] ?? 0) + Number(id === drawn);
        expected[place] = (expected[place] ?? 0) + 1 / present.length;
      }
      expect(present).toContain(drawn);
    },
  };
}

/** Expects that each is equally likely, by counts that would not pass if one of them had twice the weight. */
function expectFair({ counts, expected }: Tally): void {
  expect(likelihood(counts, expected)).toBeGreaterThan(byChance);
  for (const [place, count] of counts.entries()) {
    const heavier = counts.with(place, 2 * count);
    expect(likelihood(heavier, expected)).toBeLessThan(byChance);
  }
}

async function get(url: string, accept = 'application/json'): Promise<Answer> {
  const { statusCode, body } = await request(url, { dispatcher: agent, headers: { accept } });
  return { status: statusCode, json: JSON.parse(await body.text()) };
}

async function inParallel(count: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, work));
}
