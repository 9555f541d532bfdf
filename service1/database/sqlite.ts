import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from '@motorpool/service/start.ts';
import { type Database, DatabaseError } from './database.ts';
import { sqliteSchema } from './seed.ts';

/** A number that changes with the schema; the file carries it as SQLite's `user_version`. */
const schemaVersion = createHash('sha256').update(sqliteSchema).digest().readInt32BE();

/** Opens the embedded database, in which nobody is yet if it is new. Throws a StartError if the file cannot be opened. */
export function openSqlite(path: string, instance: string): Database {
  const database = openFile(path);
  if (!isUpToDate(database)) bringUpToDate(database);
  const version = `SQLite ${database.prepare('SELECT sqlite_version() AS version').get()?.version}`;
  const identity = { instance, version };
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();

  function prepared(sql: string) {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  }

  return {
    select: async (sql, values) => named(() => ({ value: prepared(sql).all(...values), ...identity })),
    insert: async (sql, values) => named(() => Number(prepared(sql).run(...values).lastInsertRowid)),
    insertTogether: async inserts =>
      named(() => {
        database.exec('BEGIN IMMEDIATE');
        try {
          for (const [sql, values] of inserts) prepared(sql).run(...values);
          database.exec('COMMIT');
        } catch (error) {
          if (database.isTransaction) database.exec('ROLLBACK');
          throw error;
        }
      }),
    members: async () => [{ address: path, role: null, isUp: true, ...identity }],
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

/** Makes the tables of today, with the people of those that are there. One at a time. */
function bringUpToDate(database: DatabaseSync): void {
  database.exec('PRAGMA busy_timeout = 60000; PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE');
  if (!isUpToDate(database)) {
    const earlier = hasTable(database, 'seat_count') ? takeOut(database) : undefined;
    database.exec(`${sqliteSchema}; PRAGMA user_version = ${schemaVersion}`);
    if (earlier) putBack(database, earlier);
  }
  database.exec('COMMIT; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 1000');
}

/** The people, how far the list is loaded, and the highest id that was ever given if it is known; the tables go. */
function takeOut(database: DatabaseSync) {
  const all = (sql: string) => database.prepare(sql).all();
  const people = all('SELECT id, name FROM people ORDER BY id');
  // Before there were list_parts, the whole list was loaded at once.
  const parts = hasTable(database, 'list_parts')
    ? all('SELECT names_before, names FROM list_parts')
    : [{ names_before: 0, names: 0 }];
  const [highest] = hasTable(database, 'sqlite_sequence')
    ? all("SELECT seq FROM sqlite_sequence WHERE name = 'people'")
    : [];
  for (const [, table] of sqliteSchema.matchAll(/CREATE TABLE (\w+)/g))
    database.exec(`DROP TABLE IF EXISTS ${table}`);
  return { people, parts, highestId: Number(highest?.seq ?? 0) };
}

function putBack(database: DatabaseSync, { people, parts, highestId }: ReturnType<typeof takeOut>): void {
  const addPerson = database.prepare('INSERT INTO people (id, name) VALUES (:id, :name)');
  for (const person of people) addPerson.run(person);
  const addPart = database.prepare(
    'INSERT INTO list_parts (names_before, names) VALUES (:names_before, :names)',
  );
  for (const part of parts) addPart.run(part);
  database.exec("DELETE FROM sqlite_sequence WHERE name = 'people'");
  database
    .prepare(
      "INSERT INTO sqlite_sequence (name, seq) SELECT 'people', MAX(IFNULL(MAX(id), 0), ?) FROM people",
    )
    .run(highestId);
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
