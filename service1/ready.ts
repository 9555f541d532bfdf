import type { DatabaseMember } from './database/database.ts';
import type { Parts } from './draw/draw.ts';
import type { Part } from './draw/receipt.ts';
import { patienceMs } from './people/people.ts';

/** The state of one part, and how long it took to find out, in milliseconds. */
export type PartState = { state: 'up' | 'down' | 'empty'; milliseconds: number };

/** A server of the database, and what it is in its group. */
type MemberState = Pick<DatabaseMember, 'instance' | 'role'> & { state: 'up' | 'down' };

/** Whether a draw is possible now, and the state of each part it needs. */
export type Readiness = {
  ready: boolean;
  parts: Record<Part, PartState> & { database: { members: MemberState[] } };
};

/** Asks every part that a draw needs, all at once. A database without people is "empty": there is nobody to draw. */
export async function checkReadiness({ people, remotes }: Parts): Promise<Readiness> {
  const deadline = performance.now() + patienceMs;
  const ask = remotes.healths(deadline);
  const [service2, database, members, service3, service4] = await Promise.all([
    stateOf(ask.service2),
    stateOf(async () => (await people.seats(deadline)).value),
    people.members(deadline),
    stateOf(ask.service3),
    stateOf(ask.service4),
  ]);
  const parts = {
    service2,
    database: { ...database, members: members.map(memberState) },
    service3,
    service4,
  };
  return { ready: Object.values(parts).every(part => part.state === 'up'), parts };
}

function memberState({ instance, role, isUp }: DatabaseMember): MemberState {
  return { instance, role, state: isUp ? 'up' : 'down' };
}

/** The state of a part, and how long it took to find out. */
async function stateOf(ask: () => Promise<unknown>): Promise<PartState> {
  const began = performance.now();
  const state = await ask().then(
    answer => (answer === 0 ? 'empty' : 'up'),
    () => 'down' as const,
  );
  return { state, milliseconds: Math.round(performance.now() - began) };
}
