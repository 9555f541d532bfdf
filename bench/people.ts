import { createConnection } from 'mysql2/promise';
import { Agent, request } from 'undici';
import { fillMysql } from '../tests/support/filled.ts';
import { startMysql } from '../tests/support/mysql.ts';
import { startSystem } from '../tests/support/system.ts';
import { partsOrEnd } from './parts.ts';

/*
 * Does a draw cost the same with 1,000,000 people as with 100? Two databases on one real MySQL server, the four
 * services in front of each, a draw of the one and a draw of the other in turn.
 * Prints the median times (JSON, through service 1); exits with 1 if a draw takes more than 30 % longer.
 * `npm run bench:people [-- TURNS [DRAWS]]`
 */

const [turns = 7, draws = 200] = process.argv.slice(2).map(Number);
const sizes = [100, 1_000_000] as const;
const limit = 1.3;

partsOrEnd('mysqld');
const mysql = await startMysql();
const agent = new Agent({ connections: 1 });
const urls: string[] = [];
for (const size of sizes) {
  const began = performance.now();
  const access = await fillMysql(mysql, `people_${size}`);
  await settlePeople(access.database, size);
  urls.push((await startSystem({ mysql: access })).url);
  console.log(`${size} people, each with a gap before: ${seconds(performance.now() - began)} s to fill.`);
}

console.log(`\nMySQL ${mysql.version}, Node ${process.version}: ${turns} turns of ${draws} draws of each.`);
console.log('The median time of a draw in ms, and the ratio of the two:\n');
console.log(` turn ${sizes.map(size => `${size} people`.padStart(16)).join('')}     ratio`);
await turnOf(draws);
const rows: number[][] = [];
for (let turn = 1; turn <= turns; turn += 1) {
  const [few, many] = await turnOf(draws);
  const row = [few, many, many / few];
  rows.push(row);
  print(String(turn), row);
}
const middle = [0, 1, 2].map(index => medianOf(rows.map(row => row[index] ?? Number.NaN)));
print('median', middle);
const ratio = middle.at(-1) ?? Number.NaN;
console.log(`\nMedian of the ratios: ${ratio.toFixed(2)} (at most ${limit})`);
process.exit(ratio <= limit ? 0 : 1);

/** Puts so many people in the place of those that are there, through the triggers, with an id left out before each. */
async function settlePeople(database: string, size: number): Promise<void> {
  const admin = await createConnection({ ...mysql.admin, database });
  await admin.query('DELETE FROM people');
  await admin.query('SET SESSION cte_max_recursion_depth = 1000000');
  const batch = 50_000;
  for (let first = 1; first <= size; first += batch) {
    const last = Math.min(size, first + batch - 1);
    await admin.query(
      `INSERT INTO people (id, name) WITH RECURSIVE numbers (n) AS
        (SELECT ? UNION ALL SELECT n + 1 FROM numbers WHERE n < ?) SELECT 2 * n, CONCAT('Person ', n) FROM numbers`,
      [first, last],
    );
  }
  await admin.end();
}

/** The median times of a draw with few and with many people, asked alternately: both meet the same machine. */
async function turnOf(count: number): Promise<[few: number, many: number]> {
  const few: number[] = [];
  const many: number[] = [];
  for (let left = count; left > 0; left -= 1) {
    few.push(await timeDraw(urls[0]));
    many.push(await timeDraw(urls[1]));
  }
  return [medianOf(few), medianOf(many)];
}

async function timeDraw(url = ''): Promise<number> {
  const began = performance.now();
  const { statusCode, body } = await request(url, {
    dispatcher: agent,
    headers: { accept: 'application/json' },
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`A draw was answered with ${statusCode}: ${text}`);
  return performance.now() - began;
}

function medianOf(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(turn: string, [few = 0, many = 0, ratio = 0]: number[]): void {
  const columns = [few.toFixed(2).padStart(16), many.toFixed(2).padStart(16), ratio.toFixed(2).padStart(10)];
  console.log(turn.padStart(6) + columns.join(''));
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
