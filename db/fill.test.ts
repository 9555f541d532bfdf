import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Connection, createConnection } from 'mysql2/promise';
import { contentsOf } from '../tests/support/contents.ts';
import { fillMysql } from '../tests/support/filled.ts';
import { describeWith } from '../tests/support/missing.ts';
import { type Mysql, startMysql } from '../tests/support/mysql.ts';
import { temporaryFolder } from '../tests/support/temporary-folder.ts';

const hasClient = spawnSync('mysql', ['--version']).status === 0;
const testWithClient = hasClient || process.env.CI === 'true' ? test : test.skip;
if (!hasClient) process.stderr.write('Tests of db/init.sh need the MySQL client, with mysql on the PATH.\n');

describeWith(['mysqld'], 'filling a MySQL server', () => {
  let mysql: Mysql;
  let admin: Connection;

  beforeAll(async () => {
    mysql = await startMysql();
    admin = await createConnection({ ...mysql.admin, multipleStatements: true });
  });
  afterAll(() => admin.end());

  test('npm run db:fill fills an empty one, and does nothing the second time', async () => {
    expect(runFill()).toEqual({
      status: 0,
      output: `Created the database motorpool.
Created the tables.
Added 372 people.
Created the user motorpool, who may read and add people.
Ready: motorpool at 127.0.0.1:${mysql.port}.
`,
    });
    const filled = await contentsOf(admin, 'motorpool');
    expect(runFill()).toEqual({
      status: 0,
      output: `Nothing to do for motorpool at 127.0.0.1:${mysql.port}.\n`,
    });
    expect(await contentsOf(admin, 'motorpool')).toEqual(filled);
  });

  test('people who were changed, added or taken away stay so', async () => {
    await fillMysql(mysql, 'changed');
    await admin.query(`USE changed; DELETE FROM people WHERE id < 100; UPDATE people SET name = 'Zoë' WHERE id = 100;
      INSERT INTO people (name) VALUES ('Bo')`);
    const before = await contentsOf(admin, 'changed');
    await fillMysql(mysql, 'changed');
    expect(await contentsOf(admin, 'changed')).toEqual(before);
  });

  test('two at once fill it once', async () => {
    await Promise.all([fillMysql(mysql, 'twice'), fillMysql(mysql, 'twice')]);
    expect((await contentsOf(admin, 'twice')).people).toHaveLength(372);
  });

  testWithClient(
    'init.sh makes the same tables and grants, executed or sourced, and leaves its mark',
    async () => {
      await fillMysql(mysql, 'filled', []);
      for (const [name, args] of [
        ['executed', ['db/init.sh']],
        ['sourced', ['-c', 'set -eo pipefail; . db/init.sh; [[ $- != *u* ]]']],
      ] as const) {
        await admin.query(`CREATE DATABASE ${name}; DROP USER IF EXISTS probe@127.0.0.1`);
        const folder = temporaryFolder('init').path;
        expect(runInit(name, args, folder)).toEqual({ status: 0, output: '' });
        expect(existsSync(join(folder, '.first-start-ended'))).toBe(true);
        const filled = await contentsOf(admin, 'filled');
        expect(await contentsOf(admin, name)).toEqual({ ...filled, listParts: [] });
        await fillMysql(mysql, name, []); // logs in with that password
      }
    },
  );

  test('what is in the way is said in a sentence, with exit code 1', async () => {
    await admin.query(`CREATE DATABASE unseated; USE unseated; CREATE TABLE people (id INT PRIMARY KEY, name TEXT);
      INSERT INTO people VALUES (1, 'Ana')`);
    await expect(fillMysql(mysql, 'unseated')).rejects.toThrow(
      /^The database unseated has tables of the same/,
    );
    await admin.query(`CREATE DATABASE taken; USE taken; CREATE TABLE people (id INT); CREATE USER taken IDENTIFIED BY 'secret';
      GRANT ALL ON taken.* TO taken`);
    expect(runFill({ DB_NAME: 'taken', DB_USER: 'nobody' })).toEqual({
      status: 1,
      output: expect.stringMatching(/^The database taken has tables of the same names, but no seats and no/),
    });
    expect(runFill({ DB_USER: 'taken' })).toEqual({
      status: 1,
      output: expect.stringMatching(/^The user taken may do more than read and add people: GRANT ALL/),
    });
    expect(runFill({ DB_PASSWORD: 'another' }).output).toMatch(/cannot be used as motorpool: Access denied/);
    expect(runFill({ DB_ADMIN_PASSWORD: 'wrong' }).output).toMatch(/cannot be used as root: Access denied/);
    expect(runFill({ DB_PORT: '1' }).output).toMatch(/cannot be used as root: .*ECONNREFUSED/);
    expect(runFill({ DB_PASSWORD: '' })).toEqual({
      status: 1,
      output: 'Set DB_PASSWORD: the password that user shall have.\n',
    });
  });

  function runInit(database: string, args: readonly string[], folder: string) {
    writeFileSync(join(folder, 'password'), "it's a password\n");
    return runToEnd('bash', args, {
      MYSQL_HOST: mysql.host,
      MYSQL_TCP_PORT: String(mysql.port),
      MYSQL_DATABASE: database,
      DB_USER: database,
      DB_PASSWORD_FILE: join(folder, 'password'),
      SCHEMA: 'db/schema.sql',
      MYSQL_FOLDER: folder,
    });
  }

  function runFill(env: Record<string, string> = {}) {
    const { host, port } = mysql;
    const settings = { DB_HOST: host, DB_PORT: String(port), DB_PASSWORD: 'secret', ...env };
    return runToEnd(process.execPath, ['db/fill.ts'], settings);
  }
});

function runToEnd(command: string, args: readonly string[], env: Record<string, string>) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: join(import.meta.dirname, '..'),
    env: { PATH: process.env.PATH, ...env },
  });
  return { status, output: stdout + stderr };
}
