import { readSettings, type Settings, SettingsError, text } from '@motorpool/service/settings.ts';
import { StartError } from '@motorpool/service/start.ts';
import { config } from 'dotenv';
import { type Connection, escapeId, type RowDataPacket } from 'mysql2/promise';
import { DatabaseError } from '../service1/database/database.ts';
import { connectMysql } from '../service1/database/mysql.ts';
import { readNames } from '../service1/database/seed.ts';
import { tlsOf } from '../service1/database/tls.ts';
import { loadList } from '../service1/people/load.ts';
import { createPeople } from '../service1/people/people.ts';
import { declaration as service1 } from '../service1/settings.ts';
import { createAccount } from './account.ts';
import { column, connect } from './connect.ts';
import { createTables } from './tables.ts';
import { refuseWithoutTriggers } from './triggers.ts';

/** The settings of `npm run db:fill`. */
export const declaration = {
  DB_HOST: text("MySQL's host", 'localhost'),
  DB_PORT: service1.DB_PORT,
  DB_NAME: service1.DB_NAME,
  DB_USER: service1.DB_USER,
  DB_PASSWORD: text('the password that user shall have'),
  DB_SSL_MODE: service1.DB_SSL_MODE,
  DB_SSL_CA: service1.DB_SSL_CA,
  DB_ADMIN_USER: text('a user who may create databases and users', 'root'),
  DB_ADMIN_PASSWORD: text("the admin's password", ''),
};

/** Where to fill a database, as whom, and for which user. */
export type FillSettings = Settings<typeof declaration>;

/**
 * Gives a MySQL server the database, its tables, the people and the application's user, as far as they are missing.
 * Gives a sentence for each thing it did; none if all was there. Never touches people who are there already.
 * Throws a StartError that says what is in the way.
 */
export async function fill(settings: FillSettings, names: string[]): Promise<string[]> {
  const { DB_HOST: host, DB_PORT: port, DB_ADMIN_USER: user, DB_ADMIN_PASSWORD: password } = settings;
  const ssl = tlsOf(host, settings);
  const admin = await connect({ host, port, user, password, ssl, multipleStatements: true });
  try {
    const [[lock]] = await admin.query<RowDataPacket[]>("SELECT GET_LOCK('motorpool fill', 60) AS held");
    if (lock?.held !== 1)
      throw new StartError('Another db:fill has been at work for a minute; wait for its end.');
    await refuseWithoutTriggers(admin, settings.DB_NAME);
    const made = [
      ...(await createDatabase(admin, settings.DB_NAME)),
      ...(await createTables(admin, settings.DB_NAME)),
    ];
    const allowed = await createAccount(admin, settings);
    return [...made, ...(await addPeople(settings, names)), ...allowed];
  } catch (error) {
    if (error instanceof DatabaseError) throw new StartError(error.message, { cause: error });
    if (!(error instanceof Error && 'sqlMessage' in error)) throw error;
    throw new StartError(`MySQL at ${host}:${port} refused: ${error.sqlMessage}.`, { cause: error });
  } finally {
    await admin.end();
  }
}

async function createDatabase(admin: Connection, name: string): Promise<string[]> {
  const existing = await column(admin, 'SELECT SCHEMA_NAME FROM information_schema.SCHEMATA');
  if (!existing.includes(name))
    await admin.query(`CREATE DATABASE ${escapeId(name, true)} CHARACTER SET utf8mb4`);
  await admin.query(`USE ${escapeId(name, true)}`);
  return existing.includes(name) ? [] : [`Created the database ${name}.`];
}

/** Loads the list as the application's user, as service 1 does. */
async function addPeople(settings: FillSettings, names: string[]): Promise<string[]> {
  const people = createPeople(connectMysql(settings));
  try {
    const added = await loadList(people, names);
    return added > 0 ? [`Added ${added} people.`] : [];
  } finally {
    await people.close();
  }
}

async function main(): Promise<void> {
  config({ quiet: true });
  try {
    const settings = readSettings(declaration, process.env);
    const done = await fill(settings, readNames());
    const place = `${settings.DB_NAME} at ${settings.DB_HOST}:${settings.DB_PORT}`;
    console.log([...done, done.length > 0 ? `Ready: ${place}.` : `Nothing to do for ${place}.`].join('\n'));
  } catch (error) {
    if (!(error instanceof StartError || error instanceof SettingsError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

if (import.meta.main) await main();
