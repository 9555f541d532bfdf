import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Lets a child come before others, as far as a nice value says it, where the machine lets it: only root may. Linux shares
 * the processor among sessions first, and only then within each of them (sched(7)): so a child that `isDetached` comes
 * before all, any other before those of its session.
 */
export function comeFirst({ pid }: ChildProcess, nice: number, isDetached = false): void {
  if (pid === undefined) return; // it was not started
  try {
    setPriority(pid, nice);
    if (isDetached) writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  } catch {
    // Then it has no more right to the machine than others.
  }
}
