import type { PoolConnection, RowDataPacket } from 'mysql2/promise';
import type { Row } from './database.ts';
import type { Member } from './member.ts';

/** A SELECT with its values. */
export type Question = [sql: string, values: (string | number)[]];

/**
 * The rows of a SELECT, of a member that gives the first answer within so many milliseconds. None at all is believed
 * only when what was there before has arrived, for a member of a group may lag: else this throws.
 */
export async function read(
  member: Member,
  question: Question,
  milliseconds: number,
  deadline: number,
): Promise<Row[]> {
  const left = () => deadline - performance.now();
  const rows = await member.reading.use(Math.min(milliseconds, left()), connection =>
    execute(connection, question),
  );
  if (rows.length > 0) return rows;
  return member.reading.use(left(), connection => executeLate(connection, question));
}

async function execute(connection: PoolConnection, [sql, values]: Question): Promise<Row[]> {
  return (await connection.execute<RowDataPacket[]>(sql, values))[0];
}

/** Asks again, in a group when all that was there before has arrived, for a second at most: a member may lag. */
async function executeLate(connection: PoolConnection, question: Question): Promise<Row[]> {
  try {
    await connection.query(
      "SET @usual = @@wait_timeout, SESSION group_replication_consistency = 'BEFORE', SESSION wait_timeout = 1",
    );
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ER_UNKNOWN_SYSTEM_VARIABLE') return [];
    throw error;
  }
  try {
    return await execute(connection, question);
  } finally {
    await connection.query('SET SESSION group_replication_consistency = DEFAULT, wait_timeout = @usual');
  }
}
