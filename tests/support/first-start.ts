import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from './free-port.ts';
import { type Program, startProgram } from './program.ts';
import type { DatabaseAccess } from './system.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** MySQL as the stack starts it, on a folder that is empty at first. */
export type FirstStart = {
  /** What service 1 needs to use it, once it answers. */
  access: DatabaseAccess;
  /** Whether its folder has something. */
  has(name: string): boolean;
  /** Starts it; with a limit on the size of its files in KiB, beyond which writing fails as on a full disk. */
  start(largestFile?: number): Promise<Program>;
};

// What would take time to outlive a power cut.
const quick = [
  '--skip-log-bin',
  '--innodb-flush-method=nosync',
  '--innodb-doublewrite=OFF',
  '--innodb-redo-log-capacity=8M',
];
const flags = [...quick, '--mysqlx=OFF', '--performance-schema=OFF', '--innodb-buffer-pool-size=32M'];

/** Prepares what docker-compose.yml gives the container: start.sh, init.sh, and the entrypoint of the image. */
export async function prepareFirstStart(): Promise<FirstStart> {
  const { path } = temporaryFolder('first-start');
  const data = join(path, 'data');
  const port = await freePort();
  const entrypoint = readFileSync('lab/images/mysql-entrypoint.sh', 'utf8')
    .replaceAll('/var/lib/mysql', data)
    .replaceAll('/docker-entrypoint-initdb.d', join(path, 'init'))
    .replaceAll('$(id -u)', 'mysql');
  mkdirSync(data);
  mkdirSync(join(path, 'init'));
  cpSync('db/init.sh', join(path, 'init/init.sh'));
  chmodSync(join(path, 'init/init.sh'), 0o755);
  writeFileSync(join(path, 'docker-entrypoint.sh'), entrypoint, { mode: 0o755 });
  writeFileSync(join(path, 'password'), 'secret\n');
  const env = {
    PATH: `${path}:${process.env.PATH}`,
    MYSQL_FOLDER: data,
    MYSQL_UNIX_PORT: join(path, 'socket'),
    MYSQL_ALLOW_EMPTY_PASSWORD: 'yes',
    MYSQL_ROOT_HOST: 'localhost',
    MYSQL_DATABASE: 'motorpool',
    DB_USER: 'motorpool',
    DB_PASSWORD_FILE: join(path, 'password'),
    SCHEMA: resolve('db/schema.sql'),
  };
  const place = [`--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1', ...flags];
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  return {
    access: { host: '127.0.0.1', port, user: 'motorpool', password: 'secret', database: 'motorpool' },
    has: name => existsSync(join(data, name)),
    start: (largestFile?: number) => {
      const script = `ulimit -f ${largestFile ?? 'unlimited'}; exec bash db/start.sh "$@"`;
      return startProgram('bash', ['-c', script, 'start', 'mysqld', ...place, ...user], { env });
    },
  };
}
