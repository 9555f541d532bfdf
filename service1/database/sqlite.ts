import { DatabaseSync } from 'node:sqlite';
import { StartError } from '@motorpool/service/start.ts';
import { type Database, DatabaseError } from './database.ts';
import { readNames, schema } from './seed.ts';

/**
 * Opens the embedded database, and fills it from db/ when the file is new.
 * Throws a StartError if the file cannot be opened.
 */
export function openSqlite(path: string, instance: string): Database {
  const database = openFile(path);
  if (!database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'people'").get()) seed(database);
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

function seed(database: DatabaseSync): void {
  database.exec(`BEGIN; ${schema}`);
  const insert = database.prepare('INSERT INTO people (name) VALUES (?)');
  for (const name of readNames()) insert.run(name);
  database.exec('COMMIT');
}

function named<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw new DatabaseError('The embedded database failed.', { cause: error });
  }
}
