import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until `condition`, asked again every `everyMs` milliseconds, gives something truthy, and gives that; one that
 * throws is not yet met. Throws after `withinMs` milliseconds, with the condition's last error as the cause.
 */
export async function until<Value>(
  what: string,
  condition: () => Value | Promise<Value>,
  withinMs = 30_000,
  everyMs = 20,
): Promise<NonNullable<Value>> {
  const deadline = performance.now() + withinMs;
  let cause: unknown;
  while (performance.now() < deadline) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      cause = error;
    }
    await pause(everyMs);
  }
  throw new Error(`Waited ${withinMs} ms in vain until ${what}.`, { cause });
}
