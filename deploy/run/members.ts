import { isDatabase } from '../plan/live.ts';
import type { StackFile } from '../publish/stack-file.ts';
import { readNodes } from '../swarm/swarm.ts';
import { ask } from './run-sql.ts';
import { isInService } from './service-state.ts';
import { countOf } from './transactions.ts';

/** A member of the database's group as its own node sees it; without transactions if it says nothing. */
export type Member = { name: string; id: string; state: string; transactions: string; said: string };

// As in db/member.sh: what was received counts, for it is applied at the start.
const look = `SELECT MEMBER_STATE, MEMBER_ROLE, GTID_SUBTRACT(CONCAT(@@global.gtid_executed, ',',
    (SELECT COALESCE(MAX(RECEIVED_TRANSACTION_SET), '') FROM performance_schema.replication_connection_status
      WHERE CHANNEL_NAME = 'group_replication_applier')), ''),
  (SELECT COALESCE(SUM(COUNT_TRANSACTIONS_REMOTE_IN_APPLIER_QUEUE), 0) FROM
    performance_schema.replication_group_member_stats WHERE MEMBER_ID = @@server_uuid)
  FROM performance_schema.replication_group_members WHERE MEMBER_ID IN ('', @@server_uuid)`;

/** Asks every member of a stack's database on its own node, one after the other; none where it is a single server. */
export async function lookAtMembers(stack: string, file: StackFile): Promise<Member[]> {
  if (!('DB_MEMBERS' in Object(file.services.db?.environment))) return [];
  const members: Member[] = [];
  for (const node of (await readNodes()).filter(isDatabase)) {
    const answer = isInService(node) ? await ask(stack, file, node.ID, look).catch(() => []) : [];
    const [state = '', role = '', set = '', waiting = ''] = answer;
    const transactions = set.replaceAll('\\n', '');
    const said = state
      ? `${state} ${role}, ${countOf(transactions)} transactions, ${waiting} more to apply`
      : 'says nothing';
    members.push({ name: node.Description.Hostname, id: node.ID, state, transactions, said });
  }
  return members;
}
