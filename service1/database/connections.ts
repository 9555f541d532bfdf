import { within } from '@motorpool/service/time-limit.ts';
import { createPool, type PoolConnection, type PoolOptions, type RowDataPacket } from 'mysql2/promise';
import { createPlaces } from './places.ts';

type Work<Result> = (connection: PoolConnection) => Promise<Result>;

const mostWaiting = 100;
// Later than the server's own limits, and than whoever asks has given up: then it hangs, or the way to it is cut.
const silentMs = 2500;

/** Of one MySQL server. */
export type Connections = ReturnType<typeof createConnections>;

/** At most `count` connections to MySQL; each is made when it is first needed, and ended after so long without work. */
export function createConnections(options: PoolOptions, count: number, idleSeconds: number) {
  // What is idle beyond maxIdle is closed within a second; and without such a maximum the idleTimeout would not apply.
  const idle = { maxIdle: count - 1, idleTimeout: idleSeconds * 1000 };
  const pool = createPool({ ...options, ...idle, connectionLimit: count });
  const places = createPlaces(count, mostWaiting);
  const limited = new WeakSet<object>();
  const underWay = new Set<Promise<unknown>>();
  let identity: { instance: string | null; version: string | null } = { instance: null, version: null };

  async function useOne<Result>(milliseconds: number, work: Work<Result>): Promise<Result> {
    const connection = await pool.getConnection();
    try {
      if (!limited.has(connection.connection)) await within(silentMs, limit(connection));
      const result = await within(Math.max(silentMs, milliseconds), work(connection));
      connection.release();
      return result;
    } catch (error) {
      if (isLost(error)) connection.destroy();
      else connection.release();
      throw error;
    }
  }

  async function limit(connection: PoolConnection): Promise<void> {
    await connection.query(limitsOf(idleSeconds + 4));
    const [[who]] = await connection.query<RowDataPacket[]>(
      'SELECT @@hostname AS instance, VERSION() AS version',
    );
    identity = { instance: who?.instance, version: `MySQL ${who?.version}` };
    limited.add(connection.connection);
  }

  return {
    /**
     * Does work on a connection. Throws a TooLate after so many milliseconds, a Busy at once if too many wait already.
     * Whoever has given up, the connection stays taken until the server has answered or is silent for too long: so
     * there is never more under way in the server than there are connections.
     */
    async use<Result>(milliseconds: number, work: Work<Result>): Promise<Result> {
      const began = performance.now();
      await places.take(milliseconds);
      const done = useOne(milliseconds - (performance.now() - began), work).finally(() => {
        underWay.delete(done);
        places.giveBack();
      });
      underWay.add(done);
      return within(milliseconds - (performance.now() - began), done);
    },
    /** Who answers: the server's own name and version, once it has been asked. */
    identity: () => identity,
    /** Ends them when what is under way is done; one that cannot be ended is broken already. */
    async close(): Promise<void> {
      await Promise.allSettled(underWay);
      await pool.end().catch(() => {});
    },
  };
}

/**
 * Lets the server itself end what an open table would have answered in some ms, so that nothing piles up there: a SELECT
 * after half a second, what waits for a lock after one (MySQL's least), and a connection of a client that has vanished,
 * with the locks of its transaction, after so many. MariaDB, which has another name for it, reads its own comment only.
 */
function limitsOf(seconds: number): string {
  return (
    `SET SESSION wait_timeout = ${seconds}, lock_wait_timeout = 1, innodb_lock_wait_timeout = 1` +
    ' /*!80000 , max_execution_time = 500 */ /*M! , max_statement_time = 1 */'
  );
}

// ER_OPTION_PREVENTS_STATEMENT, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_READ_ONLY_MODE and ER_SERVER_OFFLINE_MODE
const readOnly = [1290, 1792, 1836, 3032];

/** Whether a server says that it takes nothing in, as a member of a group that is not its primary: it has done nothing. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && readOnly.includes(Number(error.errno));
}

/** Whether an error leaves the connection of no use; an error of the SQL itself does not. */
export function isLost(error: unknown): boolean {
  if (!(error instanceof Error && 'sqlState' in error)) return true;
  const isCut = String(error.sqlState).startsWith('08'); // the server ends it, as when it stops
  return isCut || ('fatal' in error && error.fatal === true) || isReadOnly(error);
}
