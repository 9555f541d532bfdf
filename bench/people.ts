import { createConnection } from 'mysql2/promise';
import { loadFor } from '../lab/load/load.ts';
import { fillMysql } from '../tests/support/filled.ts';
import { startMysql } from '../tests/support/mysql.ts';
import { startSystem } from '../tests/support/system.ts';

/*
 * Does a draw cost the same with 1,000,000 people as with 100? Two databases on one real MySQL server, the four
 * services in front of each, which one client each asks for pages at the same time: both meet the same machine.
 * Prints the median times (through service 1); exits with 1 if a draw takes more than 30 % longer.
 * `npm run bench:people [-- TURNS [SECONDS]]`
 */

const [turns = 7, seconds = 1] = process.argv.slice(2).map(Number);
const sizes = [100, 1_000_000] as const;
const limit = 1.3;

const mysql = await startMysql();
const urls: string[] = [];
for (const size of sizes) {
  const began = performance.now();
  const access = await fillMysql(mysql, `people_${size}`);
  await settlePeople(access.database, size);
  urls.push((await startSystem({ mysql: access })).url);
  console.log(
    `${size} people, each with a gap before: ${((performance.now() - began) / 1000).toFixed(1)} s to fill.`,
  );
}

console.log(`\nMySQL ${mysql.version}, Node ${process.version}: ${turns} turns of ${seconds} s of each.`);
console.log('The median time of a draw in ms, and the ratio of the two:\n');
console.log(` turn ${sizes.map(size => `${size} people`.padStart(16)).join('')}     ratio`);
await Promise.all(urls.map(timeDraw));
const rows: number[][] = [];
for (let turn = 1; turn <= turns; turn += 1) {
  const [few = 0, many = 0] = await Promise.all(urls.map(timeDraw));
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

/** The median time of a draw, of those that one client asks for in some seconds. */
async function timeDraw(url: string): Promise<number> {
  const { p50, failures } = await loadFor(seconds, { targets: [url], clients: 1 });
  if (failures[0]) throw new Error(`A draw failed: ${failures[0].reason}`);
  return p50;
}

function medianOf(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(turn: string, [few = 0, many = 0, ratio = 0]: number[]): void {
  const columns = [few.toFixed(2).padStart(16), many.toFixed(2).padStart(16), ratio.toFixed(2).padStart(10)];
  console.log(turn.padStart(6) + columns.join(''));
}
