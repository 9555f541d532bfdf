import { StartError } from '@motorpool/service/start.ts';
import { type Connection, escapeId } from 'mysql2/promise';
import { tlsOf } from '../service1/database/tls.ts';
import { column, connect } from './connect.ts';
import type { FillSettings } from './fill.ts';

/**
 * Creates the application's user, who may read and add people and nothing else, and proves that they can log in.
 * Gives a sentence if something was missing. Throws a StartError if the user exists with further rights or another
 * password.
 */
export async function createAccount(admin: Connection, settings: FillSettings): Promise<string[]> {
  const { DB_HOST: host, DB_PORT: port, DB_NAME: database, DB_USER: user, DB_PASSWORD: password } = settings;
  const account = `${admin.escape(user)}@'%'`;
  const [existing] = await column(
    admin,
    'SELECT User FROM mysql.user WHERE User = ? AND Host = ?',
    user,
    '%',
  );
  if (existing === undefined)
    await admin.query(`CREATE USER ${account} IDENTIFIED BY ${admin.escape(password)}`);

  const [hasGroups] = await column(
    admin,
    "SELECT 1 FROM information_schema.TABLES WHERE TABLE_NAME = 'replication_group_members'",
  );
  const grants = (await column(admin, `SHOW GRANTS FOR ${account}`)).map(withoutAccount);
  const [usage, ...wanted] = [
    'USAGE ON *.*',
    `SELECT, INSERT ON ${escapeId(database, true)}.\`people\``,
    `SELECT ON ${escapeId(database, true)}.\`seats\``,
    `SELECT, INSERT ON ${escapeId(database, true)}.\`list_parts\``,
    'SELECT ON `performance_schema`.`replication_group_members`', // which member of a group is its primary
  ].map(rights => `GRANT ${rights}`);
  const tooMuch = grants.filter(grant => grant !== usage && !wanted.includes(grant));
  if (tooMuch.length > 0) {
    throw new StartError(
      `The user ${user} may do more than read and add people: ${tooMuch.join('; ')}. ` +
        'Revoke that, or set DB_USER to another name.',
    );
  }
  if (!hasGroups) wanted.pop(); // MariaDB has no such table, and not every administrator sees it
  const missing = wanted.filter(grant => !grants.includes(grant));
  for (const grant of missing) await admin.query(`${grant} TO ${account}`);

  // A user who was there already may have another password.
  const ssl = tlsOf(host, settings);
  await (await connect({ host, port, user, password, database, ssl })).end();
  if (existing === undefined) return [`Created the user ${user}, who may read and add people.`];
  return missing.length > 0 ? [`Allowed the user ${user} to read and add people.`] : [];
}

/** "GRANT SELECT ON … TO `motorpool`@`%`" without its end, which MariaDB lengthens by the password's hash. */
function withoutAccount(grant: string): string {
  return grant.replace(/ TO [`'].*$/, '');
}
