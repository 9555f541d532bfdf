import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until `condition` gives true, asking again every half second; a condition that throws is not true yet.
 * Throws with the last error as cause when `seconds` have passed.
 */
export async function until(what: string, condition: () => Promise<boolean>, seconds = 30): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let cause: unknown;
  while (Date.now() < deadline) {
    try {
      if (await condition()) return;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(500);
  }
  throw new Error(`Waited ${seconds} s in vain until ${what}.`, { cause });
}

/** The seconds since a time of `performance.now()`, as a figure to read. */
export function secondsSince(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

/** Says what is being done, does it, and says how long it took. Gives what `work` gives. */
export async function step<Result>(title: string, work: () => Promise<Result>): Promise<Result> {
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`.padStart(8);
  const live = process.stderr.isTTY;
  const ticking = live && setInterval(() => process.stderr.write(`\r${seconds()}  ${title} …`), 100);
  const finish = (mark: string) => {
    if (ticking) clearInterval(ticking);
    process.stderr.write(`${live ? '\r\x1b[K' : ''}${seconds()}  ${mark} ${title}\n`);
  };
  try {
    const result = await work();
    finish('✔');
    return result;
  } catch (error) {
    finish('✘');
    throw error;
  }
}
