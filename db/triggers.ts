import { StartError } from '@motorpool/service/start.ts';
import type { Connection } from 'mysql2/promise';
import { column } from './connect.ts';

/**
 * Throws a StartError if a database lacks its triggers and this admin cannot make them: where MySQL keeps a binary log,
 * it wants the SUPER right for that.
 */
export async function refuseWithoutTriggers(admin: Connection, database: string): Promise<void> {
  const triggers = await column(
    admin,
    "SELECT 1 FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ? AND TRIGGER_NAME IN ('person_comes', 'person_leaves')",
    database,
  );
  const [isAllowed] = await column(admin, 'SELECT NOT @@log_bin OR @@log_bin_trust_function_creators');
  const grants = await column(admin, 'SHOW GRANTS');
  if (triggers.length === 2 || isAllowed === '1') return;
  if (grants.some(grant => /^GRANT (ALL PRIVILEGES|.*\bSUPER\b).* ON \*\.\*/.test(grant))) return;
  throw new StartError(
    'Nothing was made: this MySQL keeps a binary log, and lets nobody make triggers then but who has the right SUPER. ' +
      'Set DB_ADMIN_USER to such a user, or log_bin_trust_function_creators of the server to ON.',
  );
}
