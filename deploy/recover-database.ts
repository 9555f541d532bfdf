import { readReleases, runningOf } from './history/releases.ts';
import { DeployError, say } from './report.ts';
import { lookAtMembers, type Member } from './run/members.ts';
import { giveWord } from './run/run-sql.ts';
import { contains, countOf } from './run/transactions.ts';
import { readServices } from './swarm/swarm.ts';

/**
 * Says what each member of the database's group has, and which is the best to begin anew with; with the word of a person,
 * the name of a `node`, that one begins. While a member is ONLINE nothing has to be done, and where one has all that any
 * of all of them has, it begins by itself. Throws a DeployError where it does nothing.
 */
export async function recoverDatabase(stack: string, node: string | undefined): Promise<void> {
  const running = runningOf(await readReleases(stack), await readServices(stack));
  if (!running) throw new DeployError('There is nothing to recover: no release runs.');
  const members = await lookAtMembers(stack, running.file);
  for (const { name, said } of members) say(`${name}: ${said}`);
  if (members.some(({ state }) => state === 'ONLINE'))
    throw new DeployError('The group lives: nothing was changed. Who is missing joins by itself.');
  const best = bestOf(members);
  if (node === undefined)
    throw new DeployError(
      `Nothing was changed. ${best ? `${best.name} has the most` : 'No member has all that the others have'}; ` +
        'whoever was added and is not on the chosen one is lost: `npm run deploy -- recover-database --to NODE`.',
    );
  const chosen = members.find(({ name }) => name === node);
  if (!chosen) throw new DeployError(`There is no member ${node}.`);
  for (const { name, transactions } of members)
    if (!contains(chosen.transactions, transactions))
      say(`What only ${name} has is lost: its volume is to be kept.`);
  await giveWord(stack, running.file, chosen.id);
  say(`${node} begins the group with ${countOf(chosen.transactions)} transactions; the others join it.`);
}

/** The member that has everything that any other has; undefined if there is none. */
export function bestOf(members: Member[]): Member | undefined {
  return members.find(
    one => one.transactions !== '' && members.every(other => contains(one.transactions, other.transactions)),
  );
}
