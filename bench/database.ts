import { createConnection } from 'mysql2/promise';
import { readNames, schema } from '../service1/seed.ts';
import type { Mysql } from '../tests/support/mysql.ts';
import type { DatabaseAccess } from '../tests/support/system.ts';

/** Fills a new MySQL server from db/, with the user who may read and add people; gives what that user needs. */
export async function fillDatabase({ host, port, admin }: Mysql): Promise<DatabaseAccess> {
  const access = { host, port, database: 'motorpool', user: 'motorpool', password: 'motorpool' };
  const connection = await createConnection({ ...admin, multipleStatements: true });
  await connection.query(`CREATE DATABASE motorpool CHARACTER SET utf8mb4; USE motorpool; ${schema}`);
  await connection.query('INSERT INTO people (name) VALUES ?', [readNames().map(name => [name])]);
  await connection.query('CREATE USER ? IDENTIFIED BY ?', [access.user, access.password]);
  await connection.query('GRANT SELECT, INSERT ON motorpool.* TO ?', [access.user]);
  await connection.end();
  return access;
}
