import { setTimeout as pause } from 'node:timers/promises';
import { probe } from './probe.ts';

const watchedMs = 3000;
const quietMs = 100;
const patienceMs = 120_000;

/**
 * Comes back when a few draws through each target were all answered soon, three seconds on end, as on a machine that has
 * nothing else to do; after two minutes whatever they were.
 */
export async function untilQuiet(targets: string[]): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const probers = targets.map(target => probe(target, 50));
    await pause(watchedMs);
    const seen = await Promise.all(probers.map(prober => prober.stop()));
    if (seen.flat().every(({ status, milliseconds }) => status === 200 && milliseconds < quietMs)) return;
  }
}
