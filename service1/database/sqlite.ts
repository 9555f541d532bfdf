import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from '@motorpool/service/start.ts';
import { type Database, DatabaseError } from './database.ts';
import { readNames, sqliteSchema } from './seed.ts';

/** A number that changes with the schema; the file carries it as SQLite's `user_version`. */
const schemaVersion = createHash('sha256').update(sqliteSchema).digest().readInt32BE();

/**
 * Opens the embedded database, and fills it from db/ when the file is new.
 * Throws a StartError if the file cannot be opened.
 */
export function openSqlite(path: string, instance: string): Database {
  const database = openFile(path);
  if (!isUpToDate(database)) bringUpToDate(database);
  const version = `SQLite ${database.prepare('SELECT sqlite_version() AS version').get()?.version}`;
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();

  function prepared(sql: string) {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  }

  return {
    select: async (sql, values) => named(() => prepared(sql).all(...values)),
    insert: async (sql, values) => named(() => Number(prepared(sql).run(...values).lastInsertRowid)),
    identity: () => ({ instance, version }),
    close: async () => database.close(),
  };
}

function openFile(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 1000');
    return database;
  } catch (error) {
    throw new StartError(`The file ${path} cannot be opened as a database; set DB_FILE to another one.`, {
      cause: error,
    });
  }
}

function isUpToDate(database: DatabaseSync): boolean {
  return database.prepare('PRAGMA user_version').get()?.user_version === schemaVersion;
}

/** Makes the tables of today, with the people of those that are there, or of db/ if there are none. One at a time. */
function bringUpToDate(database: DatabaseSync): void {
  database.exec('PRAGMA busy_timeout = 60000; PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE');
  if (!isUpToDate(database)) {
    const [people, lastId] = hasTable(database, 'seat_count')
      ? takeOut(database)
      : [readNames().map(name => ({ id: null, name })), 0];
    database.exec(`${sqliteSchema}; PRAGMA user_version = ${schemaVersion}`);
    const insert = database.prepare('INSERT INTO people (id, name) VALUES (:id, :name)');
    for (const person of people) insert.run(person);
    const { highest } =
      database.prepare('SELECT MAX(IFNULL(MAX(id), 0), ?) AS highest FROM people').get(lastId) ?? {};
    database.exec("DELETE FROM sqlite_sequence WHERE name = 'people'");
    database.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('people', ?)").run(highest ?? 0);
  }
  database.exec('COMMIT; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 1000');
}

/** The people, and the highest id that was ever given as far as it is known; the tables are gone then. */
function takeOut(database: DatabaseSync) {
  const people = database.prepare('SELECT id, name FROM people ORDER BY id').all();
  const highest = hasTable(database, 'sqlite_sequence')
    ? database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'people'").get()
    : null;
  for (const [, table] of sqliteSchema.matchAll(/CREATE TABLE (\w+)/g))
    database.exec(`DROP TABLE IF EXISTS ${table}`);
  return [people, Number(highest?.seq ?? 0)] as const;
}

function hasTable(database: DatabaseSync, name: string): boolean {
  return database.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(name) !== undefined;
}

function named<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw new DatabaseError('The embedded database failed.', { cause: error });
  }
}
