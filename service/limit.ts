/** A place of somebody who was let in; `began` on the clock of performance.now(). */
export type Place = { began: number };

/** How much is worked on at a time: as much as can be answered in time, learnt from how long the work takes. */
export type Limit = {
  /** How many have a place now, at most. */
  allowed(): number;
  /** Gives a place, at once or within 600 ms, in an overload that stands within 50; null when none became free. */
  enter(): Place | null | Promise<Place | null>;
  /** Gives the place back; nothing is learnt from work that failed. */
  leave(place: Place, isGood: boolean): void;
};

const [least, most] = [8, 64];
const mostWaiting = 128;
// The longer one and the longest draw together are less than NGINX waits.
const [patienceMs, overloadPatienceMs] = [600, 50];

const windowMs = 50;
const windowSize = 10;
const tolerance = 4;
const hangingMs = 300;
const [steepest, gentlest] = [0.5, 1.05];
// A task that starts or goes beside this one takes the processor for a second or two: that is no overload, and passes.
const dipMs = 2500;
// A moment in which all is well ends neither a dip nor an overload.
const calmMs = 1000;
// What was once usual need not stay so; twice as much is believed after some minutes.
const forgetting = 1.0002;

/**
 * A limit that falls when for seconds even the fastest work takes four times what is usual, for then all of it waits
 * for its turn (CoDel's sign of a standing queue, RFC 8289), and else rises (the gradient of Netflix'
 * concurrency-limits). What takes four times as long as the fastest waits for a part that hangs, not for its turn: it
 * takes up no place, but of such there are not without end either.
 *
 * Who finds no place waits. In a rush all are served in their order, and nobody is lost as long as what waits is less than
 * 600 ms of work. Where no place was free for seconds, nobody waits for more than a moment, and the newest come first, for
 * the oldest have the least time left (adaptive LIFO and controlled delay; Maurer, "Fail at Scale", ACM Queue 2015). Whoever
 * is turned away has thus been under way about as long as who is served; else a replica that is full would look the least
 * busy of all, and a proxy would send it everything. More than 128 never wait.
 */
export function createLimit(): Limit {
  const waiting: { since: number; answer(place: Place | null): void }[] = []; // the oldest first
  const working = new Set<Place>(); // the oldest first
  let allowed = most;
  let slowAt = Number.NEGATIVE_INFINITY;
  let slowSince = 0;
  let inside = 0;
  let freeAt = performance.now();
  let fullAt = Number.NEGATIVE_INFINITY;
  let usual = Number.POSITIVE_INFINITY;
  let fastest = 0;
  let window = newWindow();

  function learn(milliseconds: number): void {
    window.count += 1;
    window.fastest = Math.min(window.fastest, milliseconds);
    if (window.count < windowSize || performance.now() - window.began < windowMs) return;
    fastest = window.fastest;
    usual = Math.min(fastest, usual * forgetting);
    window = newWindow();
    const change = between(steepest, (tolerance * usual) / fastest, gentlest);
    if (change < 1) {
      if (window.began - slowAt > calmMs) slowSince = window.began;
      slowAt = window.began;
      if (slowAt - slowSince < dipMs) return;
    }
    allowed = between(least, allowed * change, most);
  }

  function isFull(): boolean {
    const hangsSince = performance.now() - Math.max(hangingMs, tolerance * fastest);
    for (const place of working) {
      if (place.began > hangsSince) break;
      working.delete(place);
    }
    return inside >= most || working.size >= Math.floor(allowed);
  }

  function newPlace(): Place {
    const place = { began: performance.now() };
    working.add(place);
    inside += 1;
    return place;
  }

  /** Lets in who waits, as far as there is place; work that hangs on a part gives its place back without a word. */
  function wake(): void {
    const now = performance.now();
    while (isOverload() && waiting[0] && now - waiting[0].since > overloadPatienceMs) waiting[0].answer(null);
    while (waiting.length > 0 && !isFull()) waiting.at(isOverload() ? -1 : 0)?.answer(newPlace());
    if (isFull()) fullAt = now;
    else if (!isOverload() || now - fullAt > calmMs) freeAt = now;
  }

  function isOverload(): boolean {
    return performance.now() - freeAt > dipMs;
  }

  function wait(): Promise<Place | null> {
    return new Promise(resolve => {
      const waiter = {
        since: performance.now(),
        answer(place: Place | null) {
          clearTimeout(timer);
          waiting.splice(waiting.indexOf(waiter), 1);
          resolve(place);
        },
      };
      waiting.push(waiter);
      const timer = setTimeout(giveUp, isOverload() ? overloadPatienceMs : patienceMs);

      function giveUp(): void {
        wake();
        if (waiting.includes(waiter)) waiter.answer(null);
      }
    });
  }

  return {
    allowed: () => Math.floor(allowed),
    enter() {
      wake();
      if (!isFull()) return newPlace();
      return waiting.length < mostWaiting ? wait() : null;
    },
    leave(place, isGood) {
      working.delete(place);
      inside -= 1;
      if (isGood) learn(performance.now() - place.began);
      wake();
    },
  };
}

function newWindow() {
  return { began: performance.now(), count: 0, fastest: Number.POSITIVE_INFINITY };
}

function between(least: number, value: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
