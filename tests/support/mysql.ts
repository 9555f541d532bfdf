import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionOptions, createConnection, type RowDataPacket } from 'mysql2/promise';
import { freePort } from './free-port.ts';
import { requirePart } from './parts.ts';
import { type Program, startProgram } from './program.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

/** A running MySQL (or MariaDB) server of a test's own, with nothing in it. */
export type Mysql = {
  host: string;
  port: number;
  /** Options for mysql2 with which everything is allowed. */
  admin: { host: string; port: number; user: string; password: string };
  /** Does a statement with these, on a connection of its own, for which it waits so many ms; gives its rows. */
  query(sql: string, database?: string, connectTimeout?: number): Promise<RowDataPacket[]>;
  /** What the server says of itself, such as 9.7.4 or 10.11.19-MariaDB. */
  version: string;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Its folder, with its `data` and the number of its process in `pid`. */
  folder: string;
  /** Starts it again after `kill`, with the same port and data, by another program where given; comes back when it answers. */
  start(by?: string[]): Promise<void>;
  /** Hangs it: connections are accepted, nothing is answered. */
  pause(): void;
  resume(): void;
  /** Stops it for good; its data folder goes too. */
  stop(): Promise<void>;
};

// Written to the system at each commit, to the disk once a second: a killed server loses nothing, only a power cut does.
const light = ['--innodb-buffer-pool-size=32M', '--innodb-flush-log-at-trx-commit=2', '--skip-log-bin'];

const forMysql = ['--mysqlx=OFF', '--innodb-redo-log-capacity=8M'];

/** Starts a new database server, which takes about a second; comes back when it answers over TCP. */
export async function startMysql(...further: string[]): Promise<Mysql> {
  return startMysqlAt('127.0.0.1', await freePort(), ...further);
}

/** The same, at an address of this machine. */
export async function startMysqlAt(host: string, port: number, ...further: string[]): Promise<Mysql> {
  const server = requirePart('mysqld');
  const version = run(server, ['--version']);
  const isMariaDb = version.includes('MariaDB');
  const flags = [...light, '--performance-schema=OFF', ...(isMariaDb ? [] : forMysql)];
  const folder = temporaryFolder('mysql');
  const place = placeOf(folder.path, host, port);
  const admin = { host, port, user: 'root', password: '' };
  const query: Mysql['query'] = (sql, database, connectTimeout = 10_000) =>
    queryAs({ ...admin, database, connectTimeout }, sql);
  const versionNow = async () => String((await query('SELECT VERSION() AS version'))[0]?.version);

  const empty = emptyServer(version, made =>
    isMariaDb
      ? run('mariadb-install-db', [...placeOf(made, host, port), '--auth-root-authentication-method=normal'])
      : run(server, [
          ...placeOf(made, host, port),
          ...flags,
          '--initialize-insecure',
          '--log-error-verbosity=1',
        ]),
  );
  cpSync(join(empty, 'data'), join(folder.path, 'data'), { recursive: true });
  rmSync(join(folder.path, 'data/auto.cnf'), { force: true }); // a server of its own, not a copy of another

  let program: Program;
  async function start(by: string[] = []): Promise<void> {
    const log = `--log-error=${join(folder.path, 'log.err')}`;
    const [command = server, ...args] = [...by, server, ...place, ...flags, log, ...further];
    program = await startProgram(command, args);
    await until('the database answered', async () => program.hasExited() || (await versionNow()), 60_000);
    if (program.hasExited()) {
      throw new Error(`The database did not start: ${readFileSync(join(folder.path, 'log.err'), 'utf8')}`);
    }
  }
  async function kill(): Promise<void> {
    program.signal('SIGKILL');
    await program.exited;
  }
  async function stop(): Promise<void> {
    await program.stop();
    await folder.remove();
  }

  await start();
  return {
    host,
    port,
    admin,
    query,
    version: await versionNow(),
    folder: folder.path,
    kill,
    start,
    pause: () => program.signal('SIGSTOP'),
    resume: () => program.signal('SIGCONT'),
    stop,
  };
}

/** The folder of a server with nothing in it. It is made once for each version, since that takes the longest of a start. */
function emptyServer(version: string, make: (folder: string) => void): string {
  const kept = join(import.meta.dirname, '../../test-output/databases', version.replace(/[^\w.]+/g, '-'));
  if (existsSync(kept)) return kept;
  const made = `${kept}.${process.pid}`;
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made, { recursive: true });
  make(made);
  try {
    renameSync(made, kept);
  } catch {
    rmSync(made, { recursive: true }); // somebody else was quicker
  }
  return kept;
}

/** Where it listens and keeps its files; a server started by root wants to hear that this is meant. */
function placeOf(folder: string, host: string, port: number): string[] {
  return [
    `--bind-address=${host}`,
    `--port=${port}`,
    `--datadir=${join(folder, 'data')}`,
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ];
}

async function queryAs(access: ConnectionOptions, sql: string): Promise<RowDataPacket[]> {
  const connection = await createConnection(access);
  try {
    return (await connection.query<RowDataPacket[]>(sql))[0];
  } finally {
    connection.destroy();
  }
}

/** Runs a program to its end; gives what it printed, throws if it failed. */
function run(command: string, args: string[]): string {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} failed with exit code ${status}: ${stdout}${stderr}`);
  return stdout;
}
