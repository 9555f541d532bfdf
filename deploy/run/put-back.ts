import { setTimeout as pause } from 'node:timers/promises';
import { originOf, type StoredRelease, storeRelease } from '../history/releases.ts';
import type { StackFile } from '../publish/stack-file.ts';
import { failuresText, say } from '../report.ts';
import { readServices } from '../swarm/swarm.ts';
import { apply } from './apply.ts';
import { withServerOf } from './database-server.ts';

/** What became of it, a sentence, and whether the release runs again. */
export type PutBack = { said: string; isPutBack: boolean };

const tries = 4;
const pauseMs = 10_000; // a new leader is elected within seconds

/**
 * Puts back the release that ran before an `attempted` one, all but the database's server if the swarm has replaced
 * that: it stays as it is now, and is remembered so.
 */
export async function putBack(
  stack: string,
  running: StoredRelease,
  attempted: StackFile,
  triesLeft = tries,
): Promise<PutBack> {
  say('It failed; putting back what ran before …');
  try {
    const file = (await isServerKept(stack, attempted))
      ? withServerOf(running.file, attempted)
      : running.file;
    const failures = await apply(stack, file);
    if (failures.length > 0)
      return { said: `Putting back failed too:\n${failuresText(failures)}`, isPutBack: false };
    const isSame = JSON.stringify(file.services.db) === JSON.stringify(running.file.services.db);
    if (isSame) return { said: 'What ran before was put back.', isPutBack: true };
    await storeRelease(stack, { version: running.version, file, restores: originOf(running) });
    return { said: "What ran before was put back, but for the database's server.", isPutBack: true };
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    if (triesLeft === 1) return { said: `Putting back failed too: ${reason}`, isPutBack: false };
    await pause(pauseMs);
    return putBack(stack, running, attempted, triesLeft - 1);
  }
}

/** Whether the server is as it was attempted; else the swarm was never given it, or has itself gone back. */
async function isServerKept(stack: string, attempted: StackFile): Promise<boolean> {
  const db = (await readServices(stack)).get('db');
  const isGiven = db?.Spec.TaskTemplate.ContainerSpec.Image === attempted.services.db?.image;
  return isGiven && !db?.UpdateStatus?.State.startsWith('rollback');
}
