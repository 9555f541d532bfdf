import { within } from '@motorpool/service/time-limit.ts';

/** There is no place now: one more would only make it worse. */
export class Busy extends Error {}

/** So many places as may be taken at a time, and a queue of so many at most; who has waited in vain has left it. */
export function createPlaces(count: number, mostWaiting: number) {
  const waiting = new Set<() => void>();
  let free = count;

  return {
    /** Takes a place. Throws a Busy at once if the queue is full, and a TooLate after so many milliseconds in it. */
    async take(milliseconds: number): Promise<void> {
      if (free > 0) {
        free -= 1;
        return;
      }
      if (waiting.size >= mostWaiting) throw new Busy(`${mostWaiting} others wait already.`);
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add(resolve);
      await within(milliseconds, promise, () => waiting.delete(resolve));
    },

    /** Gives a place back, to who has waited longest. */
    giveBack(): void {
      const [next] = waiting;
      if (next) waiting.delete(next);
      else free += 1;
      next?.();
    },
  };
}
