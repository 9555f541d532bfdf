import { createServer } from 'node:http';
import { initialOf } from '@motorpool/service/initial.ts';
import { createPool, type RowDataPacket } from 'mysql2/promise';
import { Pool } from 'undici';
import { type Asked, type Draw, page } from './page.ts';

const { DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD, SERVICE2_URL, SERVICE3_URL, SERVICE4_URL } =
  process.env;
const service2 = new Pool(String(SERVICE2_URL));
const service3 = new Pool(String(SERVICE3_URL));
const service4 = new Pool(String(SERVICE4_URL));
const database = createPool({
  host: DB_HOST,
  port: Number(DB_PORT),
  database: DB_NAME,
  user: DB_USER,
  password: DB_PASSWORD,
});

/** The bare service 1: GET / */
createServer({ keepAliveTimeout: 75_000 }, async (_request, response) => {
  try {
    const html = page(await draw());
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': Buffer.byteLength(html),
      'Cache-Control': 'no-store',
    });
    response.end(html);
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}).listen(process.env.PORT);

async function draw(): Promise<Draw> {
  const began = performance.now();
  const asked: Asked[] = [];

  async function time<Value>(part: string, work: Promise<Value>): Promise<Value> {
    const startedAt = performance.now();
    const value = await work;
    asked.push({ part, startedAt: startedAt - began, milliseconds: performance.now() - startedAt });
    return value;
  }

  async function personAndColour() {
    const [{ seats }] = await time('seats', rows('SELECT MAX(seat) AS seats FROM seats', []));
    const { number } = await time('service2', get(service2, `/number?min=1&max=${seats}`));
    const sql = 'SELECT id, name FROM seats JOIN people ON id = person_id WHERE seat = ?';
    const [person] = await time('person', rows(sql, [number]));
    const colour = await time('service4', get(service4, `/colour/${initialOf(person.name) ?? '-'}`));
    return { person, colour };
  }

  const [{ person, colour }, { car }] = await Promise.all([
    personAndColour(),
    time('service3', get(service3, '/car')),
  ]);
  return { person, car, colour, asked };
}

// biome-ignore lint/suspicious/noExplicitAny: the bare way takes what it is sent as it is.
async function get(service: Pool, path: string): Promise<any> {
  const { body } = await service.request({ method: 'GET', path });
  return body.json();
}

// biome-ignore lint/suspicious/noExplicitAny: the bare way takes what it is sent as it is.
async function rows(sql: string, values: number[]): Promise<any> {
  return (await database.execute<RowDataPacket[]>(sql, values))[0];
}
