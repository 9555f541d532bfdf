import type { RowDataPacket, SslOptions } from 'mysql2/promise';
import { createConnections, isLost } from './connections.ts';
import type { MysqlSettings } from './mysql.ts';
import { connectSocket } from './mysql-socket.ts';

/** A MySQL server that keeps the people, alone or as a member of a group. */
export type Member = ReturnType<typeof createMember>;

/** What a server is: of no group, or of one and in it, or out of it; then what it has may be old. */
type Standing = 'alone' | 'primary' | 'secondary' | 'out';

const badnesses: Record<Standing, number> = { alone: 0, primary: 0, secondary: 1, out: 2 };
const lookMs = 800;
const restMs = 2000;
// Where a majority is not in sight, what a member has may be old, and what it takes in may be lost.
const standingSql = `SELECT COUNT(*) AS members, MAX(IF(MEMBER_ID = @@server_uuid, LOWER(MEMBER_ROLE), '')) AS role,
  MAX(MEMBER_ID = @@server_uuid AND MEMBER_STATE = 'ONLINE') AND SUM(MEMBER_STATE <> 'UNREACHABLE') * 2 > COUNT(*) AS isIn
  FROM performance_schema.replication_group_members`;

/** The server at an address of a host. It is connected to when it is first asked. */
export function createMember(
  host: string,
  address: string,
  ssl: SslOptions | undefined,
  settings: MysqlSettings,
) {
  const options = {
    host,
    port: settings.DB_PORT,
    database: settings.DB_NAME,
    user: settings.DB_USER,
    password: settings.DB_PASSWORD ?? '',
    charset: 'utf8mb4',
    ssl,
    trace: false, // would take a stack trace for every query
    // A server that accepts and hangs keeps what was made, rather than one more each time; the socket sees to the rest.
    connectTimeout: 60_000,
    stream: () => connectSocket(address.replace(/^\[(.*)\]$/, '$1'), settings.DB_PORT),
  };
  const reading = createConnections(options, 10, 60);
  // Apart, for an INSERT may wait for somebody's lock: draws go on meanwhile.
  const adding = createConnections(options, 2, 1);
  // Of one alone none would be kept.
  const asking = createConnections(options, 2, 5);
  let standing: Standing = 'alone';
  let lookedAt = Number.NEGATIVE_INFINITY;
  let restsUntil = 0;
  let looking: Promise<void> | undefined;

  const isResting = () => performance.now() < restsUntil;

  async function look(): Promise<void> {
    standing = await asking
      .use(lookMs, async connection => {
        const [[row]] = await connection.query<RowDataPacket[]>(standingSql);
        if (row?.members === 0) return 'alone';
        return row?.isIn === 1 ? row.role : 'out';
      })
      // Who knows no groups, or does not let us ask, is taken as it is.
      .catch(error => (isLost(error) ? 'out' : 'alone'));
    lookedAt = performance.now();
  }

  return {
    address,
    reading,
    adding,
    standing: () => standing,
    isPrimary: () => standing === 'alone' || standing === 'primary',
    /** How much better others are to read from: 0 the primary, 1 a secondary, more where it is not well. */
    badness: () => badnesses[standing] + (isResting() ? 4 : 0),
    /** Whether it has been silent lately. */
    isResting,
    /** Asks others rather than it for a while. */
    setAside(): void {
      restsUntil = performance.now() + restMs;
    },
    /** Asks it what it is, unless that is known since so many milliseconds. Never throws. */
    async look(knownMs: number): Promise<void> {
      if (performance.now() - lookedAt < knownMs) return;
      looking ??= look().finally(() => {
        looking = undefined;
      });
      return looking;
    },
    close: () => Promise.all([reading.close(), adding.close(), asking.close()]),
  };
}
