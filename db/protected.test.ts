import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readSettings } from '@motorpool/service/settings.ts';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { connectMysql } from '../service1/database/mysql.ts';
import { declaration as service1 } from '../service1/settings.ts';
import { fillMysql } from '../tests/support/filled.ts';
import { describeWith } from '../tests/support/missing.ts';
import { type Mysql, startMysql } from '../tests/support/mysql.ts';
import { temporaryFolder } from '../tests/support/temporary-folder.ts';
import { declaration, fill } from './fill.ts';

describeWith(['mysqld'], 'a MySQL server of a careful owner', () => {
  let mysql: Mysql;
  let root: Connection;

  beforeAll(async () => {
    mysql = await startMysql('--log-bin=log', '--server-id=1');
    root = await createConnection({ ...mysql.admin, multipleStatements: true });
  });
  afterAll(() => root.end());

  test('that wants TLS is filled and used with it, if its certificate is of the right authority', async () => {
    if (mysql.version.includes('MariaDB')) return; // it makes no certificate of its own
    const [[row]] = await root.query<RowDataPacket[]>('SELECT @@datadir AS folder');
    await root.query('SET GLOBAL require_secure_transport = ON');
    const stranger = join(temporaryFolder('authority').path, 'ca.pem');
    writeFileSync(stranger, rootCertificates[0] ?? '');

    const place = {
      DB_HOST: mysql.host,
      DB_PORT: String(mysql.port),
      DB_NAME: 'secure',
      DB_USER: 'secure',
      DB_PASSWORD: 'secret',
    };
    const secure = { ...place, DB_SSL_MODE: 'VERIFY_CA', DB_SSL_CA_FILE: join(row?.folder, 'ca.pem') };
    const fillWith = (environment: NodeJS.ProcessEnv) =>
      fill(readSettings(declaration, environment), ['Ana']);
    await expect(fillWith(place)).rejects.toThrow(/as root: .*insecure transport.*\. Set DB_SSL_MODE\.$/);
    await expect(fillWith({ ...secure, DB_SSL_CA_FILE: stranger })).rejects.toThrow(/as root: .*certificate/);
    await expect(fillWith({ ...place, DB_SSL_MODE: 'VERIFY_CA' })).rejects.toThrow(/as root: .*certificate/);
    expect(await fillWith(secure)).toContain('Created the user secure, who may read and add people.');
    expect(await fillWith({ ...place, DB_SSL_MODE: 'REQUIRED' })).toEqual([]);

    expect(await firstPerson(secure)).toMatchObject({ value: [{ id: 1 }] });
    expect(await firstPerson(place)).toMatch(/insecure transport/);
    await root.query('SET GLOBAL require_secure_transport = OFF');
  });

  test('that keeps a binary log says before it makes anything that an admin may make no triggers', async () => {
    await root.query(`CREATE USER keeper IDENTIFIED BY 'secret'; GRANT ALL ON *.* TO keeper WITH GRANT OPTION;
      REVOKE SUPER ON *.* FROM keeper`);
    const keeper = { ...mysql, admin: { ...mysql.admin, user: 'keeper', password: 'secret' } };
    await expect(fillMysql(keeper)).rejects.toThrow(/^Nothing was made: .* binary log, .* DB_ADMIN_USER /);
    expect((await root.query("SHOW DATABASES LIKE 'motorpool'"))[0]).toEqual([]);

    await root.query('SET GLOBAL log_bin_trust_function_creators = ON');
    await fillMysql(keeper);
    await root.query('SET GLOBAL log_bin_trust_function_creators = OFF');
    await fillMysql(keeper); // there is nothing left to make
    await fillMysql(mysql, 'other');
  });
});

/** What service 1 reads with these settings, or why it cannot. */
async function firstPerson(environment: NodeJS.ProcessEnv) {
  const database = connectMysql(readSettings(service1, environment));
  const answer = database.select('SELECT id FROM people WHERE id = ?', [1], performance.now() + 5000);
  const outcome = await answer.catch((error: Error) => error.message);
  await database.close();
  return outcome;
}
