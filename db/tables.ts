import { StartError } from '@motorpool/service/start.ts';
import type { Connection } from 'mysql2/promise';
import { schema } from '../service1/database/seed.ts';
import { column } from './connect.ts';

/** The version of the tables that db/schema.sql makes. The first had no schema_version, the second no list_parts. */
const newest = 3;
const later = ['schema_version', 'list_parts'];

const ourColumns =
  'people.id people.name seats.seat seats.person_id seat_count.seats schema_version.version list_parts.names';

/**
 * Makes in the current database what is missing of db/schema.sql, and brings tables of an older version to the newest,
 * also while they are used. Gives a sentence for what it did. Throws a StartError if the tables are somebody else's.
 */
export async function createTables(admin: Connection, database: string): Promise<string[]> {
  const existing = await namesIn(admin);
  const statements = schema.split('\n\n').filter(statement => /^(CREATE|INSERT)/m.test(statement));
  const wanted = statements.flatMap(statement => createdBy(statement) ?? []);
  const missing = wanted.filter(name => !existing.has(name));
  if (missing.length === wanted.length) {
    await admin.query(schema);
    return ['Created the tables.'];
  }
  await refuseForeign(admin, database, existing, missing);
  const version = existing.has('schema_version') ? await versionOf(admin) : 1;
  if (version > newest)
    throw new StartError(`The tables in ${database} have version ${version}; use a release that knows it.`);

  await giveSeatCountKey(admin, existing);
  for (const statement of statements) {
    const created = createdBy(statement);
    const [, filled = ''] = /^INSERT INTO (\w+)/m.exec(statement) ?? [];
    if (created ? missing.includes(created) : await isEmpty(admin, filled)) await admin.query(statement);
  }
  if (version < newest || missing.includes('list_parts')) await endList(admin);
  const parts = missing.filter(name => !later.includes(name));
  if (parts.length > 0) await seatEverybody(admin);
  await admin.query('UPDATE schema_version SET version = ?', [newest]);
  return [
    ...(parts.length > 0 ? [`Completed the tables, which lacked ${parts.join(', ')}.`] : []),
    ...(version < newest ? [`Brought the tables from version ${version} to ${newest}.`] : []),
  ];
}

function createdBy(statement: string): string | undefined {
  return /^CREATE \w+ (\w+)/m.exec(statement)?.[1];
}

/** All names in the current database: of tables, columns ("people.id"), indexes ("seats.PRIMARY" too) and triggers. */
async function namesIn(admin: Connection): Promise<Set<string>> {
  const names = await column(
    admin,
    `SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()
     UNION SELECT CONCAT(TABLE_NAME, '.', COLUMN_NAME) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()
     UNION SELECT CONCAT(TABLE_NAME, '.', INDEX_NAME) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()
     UNION SELECT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()
     UNION SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()`,
  );
  return new Set(names);
}

/** Tables of our names with other columns, or with people whom nobody ever gave a seat, are not ours. */
async function refuseForeign(
  admin: Connection,
  database: string,
  existing: Set<string>,
  missing: string[],
): Promise<void> {
  const isOther = (name: string) => existing.has(name.replace(/\..*/, '')) && !existing.has(name);
  const areUnseated =
    existing.has('people') &&
    (missing.includes('seats') || missing.includes('seat_count')) &&
    !(await isEmpty(admin, 'people'));
  if (!areUnseated && !ourColumns.split(' ').some(isOther)) return;
  throw new StartError(
    `The database ${database} has tables of the same names, but no ${missing.join(' and no ')}, ` +
      'and what they hold is not of this application: set DB_NAME to another one.',
  );
}

async function versionOf(admin: Connection): Promise<number> {
  const [version] = await column(admin, 'SELECT version FROM schema_version');
  return Number(version ?? 1);
}

async function isEmpty(admin: Connection, table: string): Promise<boolean> {
  return (await column(admin, `SELECT 1 FROM ${table} LIMIT 1`)).length === 0;
}

/** A server with sql_require_primary_key, and a group of servers, want a key in each table. */
async function giveSeatCountKey(admin: Connection, existing: Set<string>): Promise<void> {
  if (existing.has('seat_count') && !existing.has('seat_count.PRIMARY'))
    await admin.query('ALTER TABLE seat_count ADD COLUMN id INTEGER NOT NULL DEFAULT 1 PRIMARY KEY FIRST');
}

/** Tables that have people, but had no list_parts, have those of the list. */
async function endList(admin: Connection): Promise<void> {
  await admin.query('INSERT IGNORE INTO list_parts (names_before, names) SELECT 0, 0 FROM people LIMIT 1');
}

/** Who came or went while a trigger was missing has no seat, or has one still. */
async function seatEverybody(admin: Connection): Promise<void> {
  await admin.query(`START TRANSACTION;
    UPDATE seat_count SET seats = 0;
    DELETE FROM seats;
    INSERT INTO seats (seat, person_id) SELECT ROW_NUMBER() OVER (ORDER BY id), id FROM people;
    UPDATE seat_count SET seats = (SELECT COUNT(*) FROM people);
    COMMIT`);
}
