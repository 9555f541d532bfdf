import { keep, readKept, removeKept } from './kept.ts';

const label = 'motorpool.holder';

/** Somebody else is changing the stack. */
export class LockedError extends Error {}

/**
 * Does `work` while nobody else changes the stack: two deploys at once end in "update out of sequence". The lock is a
 * Swarm config, since its creation is atomic over all managers. Throws a LockedError if it is held.
 */
export async function whileLocked<Value>(stack: string, work: () => Promise<Value>): Promise<Value> {
  const name = `${stack}_lock`;
  const holder = `process ${process.pid} since ${new Date().toISOString()}`;
  await keep('configs', name, { [label]: holder }, holder).catch(async error => {
    const lock = (await readKept('configs', { name: [name] })).find(({ Spec }) => Spec.Name === name);
    if (!lock) throw error;
    throw new LockedError(
      `Another deploy holds the stack (${lock.Spec.Labels[label]}). Wait for it; if it is dead, run \`docker config rm ${name}\`.`,
    );
  });
  const release = () => removeKept('configs', name);
  const onSignal = () => void release().finally(() => process.exit(130));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    return await work();
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    // The work is done or has failed: that is what must be told.
    await release().catch((error: Error) =>
      console.error(`The lock stays: ${error.message}. Run \`docker config rm ${name}\`.`),
    );
  }
}
