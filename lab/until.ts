import { until as untilMs } from '../tests/support/until.ts';

/**
 * Waits until `condition` gives true, asking again every half second; a condition that throws is not true yet.
 * Throws with the last error as cause when `seconds` have passed.
 */
export async function until(what: string, condition: () => Promise<boolean>, seconds = 30): Promise<void> {
  await untilMs(what, condition, seconds * 1000, 500);
}

/** The seconds since a time of `performance.now()`, as a figure to read. */
export function secondsSince(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

/** Says what is being done, does it, and says how long it took. Gives what `work` gives. */
export async function step<Result>(title: string, work: () => Promise<Result>): Promise<Result> {
  const start = performance.now();
  const seconds = () => secondsSince(start).padStart(8);
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
