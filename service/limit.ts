/** How much is worked on at a time: as much as can be answered in time, learnt from how long the work takes. */
export type Limit = {
  /** How many have a place now, at most. */
  allowed(): number;
  /** Gives a place, at once or within 100 ms; false when none became free. */
  enter(): boolean | Promise<boolean>;
  /** Gives the place back; `milliseconds`: how long the work took, null if it failed, from which nothing is learnt. */
  leave(milliseconds: number | null): void;
};

const [least, atFirst, most] = [8, 16, 128];
const mostWaiting = 128;
const patienceMs = 100;

const windowMs = 50;
const windowSize = 10;
const tolerance = 4;
const [steepest, gentlest] = [0.5, 1.05];
// What was once usual need not stay so; twice as much is believed after some minutes.
const forgetting = 1.0002;

/**
 * A limit that falls when even the fastest of the last work took four times what is usual, for then all of it waits
 * for its turn (CoDel's sign of a standing queue, RFC 8289), and else rises (the gradient of Netflix'
 * concurrency-limits). Where one part hangs, the rest is as fast as ever: then more may wait than work.
 *
 * Who finds no place waits a moment, the newest first, for the oldest have the least time left. Whoever is turned away
 * has thus been under way about as long as who is served; else a replica that is full would look the least busy of all,
 * and a proxy would send it everything.
 */
export function createLimit(): Limit {
  const waiting: (() => void)[] = [];
  let allowed = atFirst;
  let inside = 0;
  let usual = Number.POSITIVE_INFINITY;
  let window = { began: performance.now(), count: 0, fastest: Number.POSITIVE_INFINITY };

  function learn(milliseconds: number): void {
    window.count += 1;
    window.fastest = Math.min(window.fastest, milliseconds);
    const now = performance.now();
    if (window.count < windowSize || now - window.began < windowMs) return;
    usual = Math.min(window.fastest, usual * forgetting);
    const change = between(steepest, (tolerance * usual) / window.fastest, gentlest);
    allowed = between(least, allowed * change, most);
    window = { began: now, count: 0, fastest: Number.POSITIVE_INFINITY };
  }

  function wait(): Promise<boolean> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(end), 1);
        resolve(false);
      }, patienceMs);
      const end = () => {
        clearTimeout(timer);
        inside += 1;
        resolve(true);
      };
      waiting.push(end);
    });
  }

  return {
    allowed: () => Math.floor(allowed),
    enter() {
      if (inside >= Math.floor(allowed)) return waiting.length < mostWaiting && wait();
      inside += 1;
      return true;
    },
    leave(milliseconds) {
      inside -= 1;
      if (milliseconds !== null) learn(milliseconds);
      while (inside < Math.floor(allowed) && waiting.length > 0) waiting.pop()?.();
    },
  };
}

function between(least: number, value: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
