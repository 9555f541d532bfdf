import { setTimeout as pause } from 'node:timers/promises';
import { createRetryBudget } from '@motorpool/service/retry-budget.ts';
import { TooLate } from '@motorpool/service/time-limit.ts';
import type { PoolConnection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import type { Service1Settings } from '../settings.ts';
import { createConnections, isLost } from './connections.ts';
import { type Database, DatabaseError, type Insert } from './database.ts';
import { connectSocket } from './mysql-socket.ts';
import { Busy } from './places.ts';
import { type TlsSettings, tlsOf } from './tls.ts';

const tries = 3;
const selectMs = 1000;
const commitMs = 200;

/** Where MySQL is, and as whom to use it. */
export type MysqlSettings = TlsSettings &
  Pick<Service1Settings, 'DB_HOST' | 'DB_PORT' | 'DB_NAME' | 'DB_USER' | 'DB_PASSWORD'>;

/**
 * The database on a MySQL server. It connects when it is first asked, so the server may come later than service 1.
 * What fails with its connection is tried again on another one, as long as not too much fails; what was too late is not,
 * nor an INSERT that may have been committed.
 */
export function connectMysql(settings: MysqlSettings): Database {
  const options = {
    host: settings.DB_HOST ?? '',
    port: settings.DB_PORT,
    database: settings.DB_NAME,
    user: settings.DB_USER,
    password: settings.DB_PASSWORD ?? '',
    charset: 'utf8mb4',
    ssl: tlsOf(settings.DB_HOST ?? '', settings),
    trace: false, // would take a stack trace for every query
    // A server that accepts and hangs keeps what was made, rather than one more each time; the socket sees to the rest.
    connectTimeout: 60_000,
    stream: () => connectSocket(settings.DB_HOST ?? '', settings.DB_PORT),
  };
  const reading = createConnections(options, 10, 60);
  // Apart, for an INSERT may wait for somebody's lock: draws go on meanwhile.
  const adding = createConnections(options, 2, 1);
  const budget = createRetryBudget();

  async function tryAgain<Result>(deadline: number, attempt: () => Promise<Result>): Promise<Result> {
    budget.earn();
    for (let triesLeft = tries - 1; ; triesLeft -= 1) {
      try {
        return await attempt();
      } catch (error) {
        const waitMs = Math.random() * 20;
        if (!isUndone(error) || triesLeft === 0 || performance.now() + waitMs >= deadline || !budget.spend())
          throw named(error);
        await pause(waitMs);
      }
    }
  }

  return {
    select: (sql, values, deadline) =>
      tryAgain(deadline, () =>
        reading.use(Math.min(selectMs, deadline - performance.now()), async connection => {
          const [rows] = await connection.execute<RowDataPacket[]>(sql, values);
          return rows;
        }),
      ),
    insert: (sql, values, deadline) =>
      tryAgain(deadline, () =>
        adding.use(deadline - performance.now(), connection => insert(connection, [[sql, values]], deadline)),
      ),
    insertTogether: async (inserts, deadline) =>
      void (await tryAgain(deadline, () =>
        adding.use(deadline - performance.now(), connection => insert(connection, inserts, deadline)),
      )),
    identity: reading.identity,
    // A server that hangs must not hold a service that stops.
    close: async () =>
      void (await Promise.race([Promise.all([reading.close(), adding.close()]), pause(1000)])),
  };
}

/**
 * Inserts in a transaction of its own, which is committed only if there is time for it to be told: a server that executes
 * minutes later what it was sent adds nobody. Gives the id of the last new row.
 */
async function insert(connection: PoolConnection, inserts: Insert[], deadline: number): Promise<number> {
  await connection.beginTransaction();
  try {
    let insertId = 0;
    for (const [sql, values] of inserts)
      [{ insertId }] = await connection.execute<ResultSetHeader>(sql, values);
    if (deadline - performance.now() < commitMs) throw new TooLate('There was no time left to commit.');
    await connection.commit().catch(cause => {
      throw new Unsure('The COMMIT failed.', { cause });
    });
    return insertId;
  } catch (error) {
    // What is not answered is undone by the server, when the connection is lost.
    if (!isLost(error)) await connection.rollback();
    throw error;
  }
}

class Unsure extends Error {}

/** Whether it may be done again: its connection was lost, not by a time-out, or MySQL has undone it and asks for that. */
function isUndone(error: unknown): boolean {
  if (error instanceof TooLate || error instanceof Busy || error instanceof Unsure) return false;
  return isLost(error) || (error instanceof Error && 'code' in error && error.code === 'ER_LOCK_DEADLOCK');
}

function named(error: unknown): DatabaseError {
  const reason = error instanceof Error ? error.message : String(error);
  return new DatabaseError(`MySQL failed: ${reason}`, { cause: error });
}
