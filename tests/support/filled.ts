import { fill } from '../../db/fill.ts';
import { readNames } from '../../service1/database/seed.ts';
import type { Mysql } from './mysql.ts';
import type { DatabaseAccess } from './system.ts';

/** Makes a filled database on a server, as `npm run db:fill` does; gives what the application needs to use it. */
export async function fillMysql(
  mysql: Mysql,
  database = 'motorpool',
  names = readNames(),
): Promise<DatabaseAccess> {
  const { host, port, admin } = mysql;
  // A user may only have rights on one database, so each has a user of its own name.
  const access = { host, port, database, user: database, password: "it's a password" };
  await fill(
    {
      DB_HOST: host,
      DB_PORT: port,
      DB_NAME: database,
      DB_USER: access.user,
      DB_PASSWORD: access.password,
      DB_SSL_MODE: 'DISABLED',
      DB_SSL_CA: undefined,
      DB_ADMIN_USER: admin.user,
      DB_ADMIN_PASSWORD: admin.password,
    },
    names,
  );
  return access;
}
