import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from '@motorpool/service/call.ts';
import { createRetryBudget } from '@motorpool/service/retry-budget.ts';
import { fairMs, TooLate } from '@motorpool/service/time-limit.ts';
import type { Service1Settings } from '../settings.ts';
import { isLost, isReadOnly } from './connections.ts';
import { type Database, DatabaseError, type Insert, type Row } from './database.ts';
import { insert, Unsure } from './insert.ts';
import type { Member } from './member.ts';
import { createMembers, NoPrimary } from './members.ts';
import { Busy } from './places.ts';
import { read } from './read.ts';
import type { TlsSettings } from './tls.ts';

const tries = 3;
const selectMs = 1300; // a server that stalls for a second fails no draw, and the rest of its 1600 ms is for the colour
const atOnceMs = 400; // of a member, where there is another one, or which has just been silent
const addMs = 1500;

/** Where MySQL is, and as whom to use it. */
export type MysqlSettings = TlsSettings &
  Pick<Service1Settings, 'DB_HOST' | 'DB_PORT' | 'DB_NAME' | 'DB_USER' | 'DB_PASSWORD'>;

/**
 * The database on a MySQL server, or on the members of a group. It connects when it is first asked, so the server may
 * come later than service 1. What fails with its connection is tried again on another one, as long as not too much
 * fails; a SELECT that was too late is so only on another member, and an INSERT that may have been committed never is.
 */
export function connectMysql(settings: MysqlSettings): Database {
  const members = createMembers(settings);
  const budget = createRetryBudget();

  async function select(sql: string, values: (string | number)[], deadline: number): Promise<Answer<Row[]>> {
    const tried = new Set<Member>();
    budget.earn();
    for (let triesLeft = tries - 1; ; triesLeft -= 1) {
      const began = performance.now();
      let member: Member | undefined;
      let hasOther = false;
      try {
        ({ member, hasOther } = await members.toRead(tried, deadline));
        const value = await read(
          member,
          [sql, values],
          hasOther || member.isResting() ? atOnceMs : selectMs,
          deadline,
        );
        return { value, ...member.reading.identity() };
      } catch (error) {
        const waitMs = Math.random() * 20;
        const isSilent = error instanceof TooLate || error instanceof Busy;
        if (member) tried.add(member);
        if (isLost(error) && (!isSilent || performance.now() - began >= fairMs)) member?.setAside();
        const mayAgain = isUndone(error) || (isSilent && hasOther);
        // All who wait for a member that dies ask another one, which has had nothing of them yet.
        const isAllowed = mayAgain && triesLeft > 0 && (hasOther || budget.spend());
        if (!isAllowed || performance.now() + waitMs >= deadline) throw named(error);
        await pause(waitMs);
      }
    }
  }

  /** Inserts on the primary, and in a group waits for one as long as there is time for the work itself. */
  async function add(inserts: Insert[], deadline: number): Promise<number> {
    const tried = new Set<Member>();
    let end = Math.min(deadline, performance.now() + addMs); // only an election is waited for longer
    budget.earn();
    for (let triesLeft = tries - 1; ; ) {
      let member: Member | undefined;
      let hasOther = false;
      try {
        ({ member, hasOther } = await members.toAdd(tried, end));
        if (hasOther) end = deadline; // a COMMIT takes its time while a member joins
        const until = hasOther ? end : Math.min(end, performance.now() + addMs);
        return await member.adding.use(until - performance.now(), connection =>
          insert(connection, inserts, until),
        );
      } catch (error) {
        const waitMs = 20 + Math.random() * 80;
        if (member) tried.add(member);
        void member?.look(0);
        const isElection = hasOther || error instanceof NoPrimary || isReadOnly(error);
        if (isElection) end = deadline;
        else triesLeft -= 1;
        const mayAgain = isUndone(error, hasOther) && (isElection || (triesLeft >= 0 && budget.spend()));
        if (!mayAgain || performance.now() + waitMs + (isElection ? addMs : 0) > end) throw named(error);
        await pause(waitMs);
      }
    }
  }

  return {
    select,
    insert: (sql, values, deadline) => add([[sql, values]], deadline),
    insertTogether: async (inserts, deadline) => void (await add(inserts, deadline)),
    async members(deadline) {
      const all = await members.all(deadline).catch(() => []);
      await Promise.all(all.map(member => member.look(100)));
      return all.map(member => {
        const standing = member.standing();
        const role = standing === 'primary' || standing === 'secondary' ? standing : null;
        return { address: member.address, role, isUp: standing !== 'out', ...member.reading.identity() };
      });
    },
    // A server that hangs must not hold a service that stops.
    close: async () => void (await Promise.race([members.close(), pause(1000)])),
  };
}

/**
 * Whether it may be done again: its connection was lost, not by a time-out, or MySQL has undone it and asks for that; of a
 * group also what waited behind such a COMMIT.
 */
function isUndone(error: unknown, isInGroup = false): boolean {
  if (error instanceof TooLate || error instanceof Busy || error instanceof Unsure) return false;
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return isLost(error) || code === 'ER_LOCK_DEADLOCK' || (isInGroup && code === 'ER_LOCK_WAIT_TIMEOUT');
}

function named(error: unknown): DatabaseError {
  const reason = error instanceof Error ? error.message : String(error);
  return new DatabaseError(`MySQL failed: ${reason}`, { cause: error });
}
