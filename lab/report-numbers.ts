import type { LoadResult } from './load.ts';

/** A time of so many milliseconds in the unit that reads best. */
export function milliseconds(time: number): string {
  return time < 1000 ? `${Math.round(time)} ms` : `${Number((time / 1000).toFixed(2))} s`;
}

/** How many requests went to a second target, and why. */
export function failoverText({ refused, brokenNew, brokenKept }: LoadResult['failovers']): string {
  return `${count(refused)} refused, ${count(brokenNew)} broken on a new connection, ${count(brokenKept)} on a kept one`;
}

/** Whether any request went to a second target. */
export function hasFailovers({ failovers }: LoadResult): boolean {
  return Object.values(failovers).some(number => number > 0);
}

/** A number with its thousands apart. */
export function count(number: number): string {
  return number.toLocaleString('en');
}
