import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Lets a child come before others, as far as a nice value says it, where the machine lets it: only root may. Linux shares
 * the processor among sessions first, and only then within each of them (sched(7)): so one that `isDetached`, in a
 * session of its own, comes before all, any other before those of its session.
 */
export function comeFirst({ pid }: ChildProcess, nice: number, isDetached = false): void {
  if (pid === undefined) return; // it was not started
  asFarAsAllowed(() => {
    setPriority(pid, nice);
    if (isDetached) writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  });
}

/**
 * Lets this session, with all that the process starts, come after others until the process ends: who deploys is on a
 * machine of its own in the world.
 */
export function comeLast(): void {
  const [file, last] = ['/proc/self/autogroup', '10'];
  asFarAsAllowed(() => {
    const before = /nice (-?\d+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? '0';
    writeFileSync(file, last);
    process.once('exit', () => asFarAsAllowed(() => writeFileSync(file, before)));
  });
}

function asFarAsAllowed(work: () => void): void {
  try {
    work();
  } catch {
    // Then all have the same right to the machine.
  }
}
