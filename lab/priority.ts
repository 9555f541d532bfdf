import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Lets a child come before all others, as far as a nice value says it, where the machine lets it: only root may. It must
 * be `detached`, for Linux shares the processor among sessions first, and only then within each of them; sched(7).
 */
export function comeFirst({ pid = 0 }: ChildProcess, nice: number): void {
  try {
    setPriority(pid, nice);
    writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  } catch {
    // Then it has no more right to the machine than others.
  }
}
