import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { DeployError, say } from '../report.ts';
import { engine } from '../swarm/engine.ts';
import { identityOf, isGone } from './holder.ts';
import { onInterruption } from './interruption.ts';
import { type Kept, keep, readKept } from './kept.ts';

const label = 'motorpool.holder';

/**
 * Does `work` while nobody else changes the stack: two deploys at once end in "update out of sequence". The lock is a
 * Swarm config, since its creation is atomic over all managers. One that a killed deploy of this machine left is taken
 * over; for another one it waits for `patienceMs`. Throws a DeployError if it is held even then.
 */
export async function whileLocked<Value>(
  stack: string,
  patienceMs: number,
  work: () => Promise<Value>,
): Promise<Value> {
  const name = `${stack}_lock`;
  await lock(name, performance.now() + patienceMs);
  const release = () => engine.remove(`/configs/${name}`);
  const ignoreSignals = onInterruption(() => {
    say(
      'Interrupted. What was begun is noted: see `status`; `rollback` goes back to the last release that ran well',
    );
    void release().finally(() => process.exit(130));
  });
  try {
    return await work();
  } finally {
    ignoreSignals();
    // The work is done or has failed: that is what must be told.
    await release().catch((error: Error) =>
      console.error(`The lock stays: ${error.message}. Run \`docker config rm ${name}\`.`),
    );
  }
}

async function lock(name: string, deadline: number, said = ''): Promise<void> {
  const holder = `process ${process.pid} on ${hostname()} since ${new Date().toISOString()}`;
  const identity = identityOf(process.pid) ?? 'unknown';
  await keep('configs', name, { [label]: holder }, identity).catch(async error => {
    const held = (await readKept('configs', { name: [name] })).find(({ Spec }) => Spec.Name === name);
    if (!held && /already exists/.test(error.message)) return lock(name, deadline, said); // it went meanwhile
    if (!held) throw error;
    const other = `${held.Spec.Labels[label]}`;
    if (isGone(contentOf(held))) {
      say(`The deploy before was killed (${other}); its lock is taken over`);
      // By its id: who also saw it must not remove the next one.
      await engine.remove(`/configs/${held.ID}`).catch((error: Error) => {
        if (!/not found/.test(error.message)) throw error;
      });
      return lock(name, deadline);
    }
    if (performance.now() >= deadline)
      throw new DeployError(
        `Another deploy holds the stack (${other}). Wait for it (--wait-lock 10m); if it is dead, run \`docker config rm ${name}\`.`,
      );
    if (other !== said) say(`Waiting for another deploy, which holds the stack (${other}) …`);
    await pause(1000);
    return lock(name, deadline, other);
  });
}

function contentOf({ Spec }: Kept): string {
  return Buffer.from(Spec.Data ?? '', 'base64').toString();
}
