import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { freePort } from './free-port.ts';
import { type Mysql, startMysqlAt } from './mysql.ts';
import { until } from './until.ts';

/** Starts three servers at addresses of their own and one port; the first founds a group, of which it is the primary. */
export async function startGroup(): Promise<[Mysql, Mysql, Mysql]> {
  // Members speak to each other at a port that is taken at every address.
  const [port, ...own] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const startMember = (number: number) =>
    startMysqlAt(
      `127.0.0.${number}`,
      port,
      ...['--log-bin=log', '--gtid-mode=ON', '--enforce-gtid-consistency=ON', `--server-id=${number}`],
      ...['--sql-require-primary-key=ON', `--report-host=127.0.0.${number}`],
      '--plugin-load-add=group_replication.so',
      '--group-replication-group-name=e56ac7d4-8a3b-4f1c-9d2e-0b6f7a8c9d01',
      `--group-replication-local-address=127.0.0.1:${own[number - 2]}`,
      `--group-replication-group-seeds=${own.map(each => `127.0.0.1:${each}`)}`,
      '--group-replication-start-on-boot=OFF',
      '--group-replication-message-cache-size=134217728',
      '--group-replication-recovery-get-public-key=ON',
      '--group-replication-member-expel-timeout=0',
      '--group-replication-unreachable-majority-timeout=2',
    );
  const members = await Promise.all([startMember(2), startMember(3), startMember(4)]);
  await found(members);
  return members;
}

/** Lets the first member begin the group, and then the others enter it. */
export async function found(members: [Mysql, Mysql, Mysql]): Promise<void> {
  await command(members[0], 'SET GLOBAL group_replication_bootstrap_group = ON');
  for (const member of members) await join(member);
  await command(members[0], 'SET GLOBAL group_replication_bootstrap_group = OFF');
}

/** Lets a member enter the group; comes back when it is one of those that may be asked. */
export async function join(member: Mysql): Promise<void> {
  await until('the member was in the group', async () => {
    if ((await standingOf(member)).startsWith('ONLINE')) return true;
    // Fails while it is entering, and as long as the others have not noticed that it was gone.
    await command(member, "START GROUP_REPLICATION USER = 'root'");
    return false;
  });
}

/** What a member says of itself, such as "ONLINE PRIMARY". */
export async function standingOf(member: Mysql): Promise<string> {
  const [row] = await command(
    member,
    'SELECT MEMBER_STATE AS state, MEMBER_ROLE AS role FROM performance_schema.replication_group_members WHERE MEMBER_ID = @@server_uuid',
  );
  return `${row?.state} ${row?.role}`;
}

/** How many a member sees in the group, itself included. */
export async function membersOf(member: Mysql): Promise<number> {
  return (await command(member, 'SELECT 1 FROM performance_schema.replication_group_members')).length;
}

/** Does a statement as the administrator. */
export async function command({ admin }: Mysql, sql: string): Promise<RowDataPacket[]> {
  const connection = await createConnection({ ...admin, connectTimeout: 1000 });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows;
  } finally {
    connection.destroy();
  }
}
