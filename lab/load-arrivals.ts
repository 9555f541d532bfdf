/**
 * Calls `arrive` at a constant rate, with the number of the arrival and the time at which it was due (ms, as
 * `performance.now()`). What this thread was too busy to start in time is started late, never left out.
 */
export function arrivals(perSecond: number, arrive: (number: number, due: number) => void): { stop(): void } {
  const gap = 1000 / perSecond;
  const first = performance.now() + Math.min(gap, 1000) / 2;
  let number = 0;
  let timer = perSecond > 0 ? setTimeout(arriveAll, first - performance.now()) : undefined;

  function arriveAll(): void {
    const now = performance.now();
    for (let due = first + number * gap; due <= now; due = first + number * gap) {
      arrive(number, due);
      number += 1;
    }
    timer = setTimeout(arriveAll, Math.max(0, Math.ceil(first + number * gap - performance.now())));
  }

  return { stop: () => clearTimeout(timer) };
}
