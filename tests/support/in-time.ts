import { setTimeout as pause } from 'node:timers/promises';
import { expect } from '@jest/globals';

type Options = {
  /** How much later than the control it may come, in milliseconds. */
  slackMs?: number;
  /** What the control does when its time is over, such as to ask the same process something else. */
  control?: () => Promise<unknown>;
};

/**
 * Gives what `work` comes to, and expects it by `patienceMs` milliseconds from now. A control that waits as long at the
 * same time says when that is: on a slow machine both are late.
 */
export async function inTime<Value>(patienceMs: number, work: Promise<Value>, options: Options = {}) {
  const { slackMs = 400, control = async () => {} } = options;
  const cancel = new AbortController();
  const controlled = pause(patienceMs, undefined, { signal: cancel.signal })
    .then(control)
    .then(() => performance.now());
  const deadline = performance.now() + patienceMs;
  const value = await work;
  const ended = performance.now();
  if (ended < deadline) {
    cancel.abort();
    await controlled.catch(() => {});
    return value;
  }
  expect(ended - (await controlled)).toBeLessThan(slackMs);
  return value;
}
