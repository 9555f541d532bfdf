import { setTimeout as pause } from 'node:timers/promises';
import {
  type Connection,
  createConnection,
  createPool,
  type ResultSetHeader,
  type RowDataPacket,
} from 'mysql2/promise';
import type { Service1Settings } from '../settings.ts';
import { type Database, DatabaseError } from './database.ts';
import { connectSocket } from './mysql-socket.ts';
import { tlsOf } from './tls.ts';

type Values = (string | number)[];

const tryMs = 600;

/**
 * The database on a MySQL server. It connects when it is first asked, so the server may come later than service 1.
 * A SELECT that fails is tried once more on a fresh connection; an INSERT only when MySQL itself has undone it.
 */
export function connectMysql(settings: Service1Settings): Database {
  const options = {
    host: settings.DB_HOST ?? '',
    port: settings.DB_PORT,
    database: settings.DB_NAME,
    user: settings.DB_USER,
    password: settings.DB_PASSWORD ?? '',
    charset: 'utf8mb4',
    ssl: tlsOf(settings.DB_HOST ?? '', settings),
    trace: false, // would take a stack trace for every query
    connectTimeout: tryMs,
    stream: () => connectSocket(settings.DB_HOST ?? '', settings.DB_PORT),
  };
  // What is idle beyond maxIdle is closed within a second, however busy; with 10 the idleTimeout would not apply.
  const pool = createPool({ ...options, connectionLimit: 10, maxIdle: 9, idleTimeout: 60_000 });
  let identity: { instance: string | null; version: string | null } = { instance: null, version: null };

  pool.pool.on('connection', connection => {
    connection.query(
      'SELECT @@hostname AS instance, VERSION() AS version',
      (error: unknown, rows: RowDataPacket[]) => {
        if (!error) identity = { instance: rows[0]?.instance, version: `MySQL ${rows[0]?.version}` };
      },
    );
  });

  async function pooled<Result>(sql: string, values: Values, milliseconds: number): Promise<Result> {
    const until = performance.now() + milliseconds;
    const waiting = pool.getConnection();
    const giveBack = () => void waiting.then(late => late.release()).catch(() => {});
    const connection = await within(milliseconds, waiting, giveBack).catch(error => {
      throw error instanceof TooLate
        ? new Busy('MySQL gave no connection in time.', { cause: error })
        : error;
    });
    try {
      const result = await execute<Result>(connection, sql, values, until - performance.now());
      connection.release();
      return result;
    } catch (error) {
      if (isBroken(error)) connection.destroy();
      else connection.release();
      throw error;
    }
  }

  async function fresh<Result>(sql: string, values: Values, milliseconds: number): Promise<Result> {
    const until = performance.now() + milliseconds;
    const connection = await createConnection({ ...options, connectTimeout: Math.max(1, milliseconds) });
    try {
      return await execute<Result>(connection, sql, values, until - performance.now());
    } finally {
      connection.destroy();
    }
  }

  return {
    async select(sql, values, deadline) {
      const left = () => Math.min(tryMs, deadline - performance.now());
      try {
        return await pooled<RowDataPacket[]>(sql, values, left()).catch(error => {
          if (isBroken(error) && left() > 0) return fresh<RowDataPacket[]>(sql, values, left());
          throw error;
        });
      } catch (error) {
        throw named(error);
      }
    },
    async insert(sql, values, deadline) {
      for (let triesLeft = 3; ; triesLeft -= 1) {
        try {
          return (await pooled<ResultSetHeader>(sql, values, deadline - performance.now())).insertId;
        } catch (error) {
          if (!isUndone(error) || triesLeft === 0) throw named(error);
          await pause(Math.random() * 20);
        }
      }
    },
    identity: () => identity,
    // A server that hangs must not hold a service that stops.
    close: () => Promise.race([pool.end(), pause(1000)]),
  };
}

async function execute<Result>(
  connection: Connection,
  sql: string,
  values: Values,
  milliseconds: number,
): Promise<Result> {
  const [result] = await within(milliseconds, connection.execute(sql, values), () => {});
  return result as Result;
}

class TooLate extends Error {}

/** No connection was free, or could be made, in time: one more would make it worse. */
class Busy extends Error {}

function within<Value>(milliseconds: number, work: Promise<Value>, whenLate: () => void): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      whenLate();
      reject(new TooLate(`MySQL did not answer within ${Math.round(milliseconds)} ms.`));
    }, milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Whether the connection is of no use any more; an error of the SQL itself leaves it usable. */
function isBroken(error: unknown): boolean {
  if (error instanceof Busy) return false;
  return !(error instanceof Error && 'sqlState' in error) || ('fatal' in error && error.fatal === true);
}

/** Whether MySQL has undone the statement and asks to send it again. */
function isUndone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ER_LOCK_DEADLOCK';
}

function named(error: unknown): DatabaseError {
  const reason = error instanceof Error ? error.message : String(error);
  return new DatabaseError(`MySQL failed: ${reason}`, { cause: error });
}
