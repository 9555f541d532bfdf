import type { Said } from './ask.ts';
import { type Figures, figuresOf, noCounts, noFigures } from './figures.ts';

/** One replica as it was seen; null is what it does not say. */
export type Replica = Figures & {
  service: string;
  address: string;
  node: string | null;
  instance: string | null;
  version: string | null;
  /** Of a member of a group of databases. */
  role?: 'primary' | 'secondary' | null;
  state: 'serving' | 'busy' | 'draining' | 'silent';
  upSeconds: number | null;
};

/** What a replica said, and when, on the clock of performance.now(). */
export type Heard = { at: number; said: Said };

/** For so long, in seconds, what is new or comes back is compared with what it was. */
export const freshSeconds = 60;

/** A replica that has answered; `earlier` is what it said the time before. */
export function answering(
  service: string,
  address: string,
  { at, said }: Heard,
  isListed: boolean,
  earlier?: Heard,
): Replica {
  const { node, instance, version, counts, isDraining } = said;
  const upSeconds = counts && Math.max(0, Math.floor((Date.now() - counts.startedAt) / 1000));
  const before = earlier?.said.counts;
  const isSame = before?.startedAt === counts?.startedAt;
  let figures = noFigures;
  if (counts && before && earlier && isSame) figures = figuresOf(before, counts, (at - earlier.at) / 1000);
  // One that has just started is seen with all that it has done.
  else if (counts && upSeconds && upSeconds < freshSeconds) figures = figuresOf(noCounts, counts, upSeconds);
  const working = figures.refusedPerSecond ? 'busy' : 'serving';
  // One that is told to stop is no longer listed, but serves on for a while.
  const state = isDraining || !isListed ? 'draining' : working;
  return { service, address, node, instance, version, state, upSeconds, ...figures };
}

/** A replica that does not answer; where and what it was is remembered, so that it stays in its place. */
export function silent(service: string, address: string, earlier?: Heard): Replica {
  const { node = null, instance = null, version = null } = earlier?.said ?? {};
  return { service, address, node, instance, version, state: 'silent', upSeconds: null, ...noFigures };
}
