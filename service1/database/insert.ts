import { TooLate } from '@motorpool/service/time-limit.ts';
import type { PoolConnection, ResultSetHeader } from 'mysql2/promise';
import { isLost, isReadOnly } from './connections.ts';
import type { Insert } from './database.ts';

const commitMs = 200;

/** Nobody knows whether it was committed. */
export class Unsure extends Error {}

/**
 * Inserts in a transaction of its own, which is committed only if there is time for it to be told: a server that executes
 * minutes later what it was sent adds nobody. Gives the id of the last new row.
 */
export async function insert(
  connection: PoolConnection,
  inserts: Insert[],
  deadline: number,
): Promise<number> {
  await connection.beginTransaction();
  try {
    let insertId = 0;
    for (const [sql, values] of inserts)
      [{ insertId }] = await connection.execute<ResultSetHeader>(sql, values);
    if (deadline - performance.now() < commitMs) throw new TooLate('There was no time left to commit.');
    await connection.commit().catch(cause => {
      if (isReadOnly(cause)) throw cause;
      throw new Unsure('The COMMIT failed.', { cause });
    });
    return insertId;
  } catch (error) {
    // What is not answered is undone by the server, when the connection is lost.
    if (!isLost(error)) await connection.rollback();
    throw error;
  }
}
