import type { LoadResult } from './load.ts';

/** How many requests failed in the whole seconds between two times of a load, in milliseconds since its start. */
export function failedBetween({ seconds }: LoadResult, from: number, to = Number.POSITIVE_INFINITY): number {
  return seconds
    .filter(({ second }) => second * 1000 >= from && (second + 1) * 1000 <= to)
    .reduce((sum, { failed }) => sum + failed, 0);
}

/** When a mark was set, in milliseconds since the start of the load. Throws if it never was. */
export function markedAt({ marks }: LoadResult, label: string): number {
  const mark = marks.find(mark => mark.label === label);
  if (!mark) throw new Error(`The load has no mark "${label}".`);
  return mark.at;
}
