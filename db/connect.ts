import { StartError } from '@motorpool/service/start.ts';
import {
  type Connection,
  type ConnectionOptions,
  createConnection,
  type RowDataPacket,
} from 'mysql2/promise';

/** Connects to a MySQL server; throws a StartError that says why it cannot. */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const { host, port, user } = options;
  try {
    return await createConnection({ ...options, charset: 'utf8mb4', connectTimeout: 10_000 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const advice = code === 'ER_SECURE_TRANSPORT_REQUIRED' ? ' Set DB_SSL_MODE.' : '';
    const reason = `${(message || String(code)).replace(/\.$/, '')}.${advice}`;
    throw new StartError(`MySQL at ${host}:${port} cannot be used as ${user}: ${reason}`, { cause: error });
  }
}

/** The first column of a query's rows, as texts. */
export async function column(connection: Connection, sql: string, ...values: string[]): Promise<string[]> {
  const [rows] = await connection.query<RowDataPacket[][]>({ sql, values, rowsAsArray: true });
  return rows.map(row => String(row[0]));
}
