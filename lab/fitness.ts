import { goodPerSecond, loadFor } from './load/load.ts';
import { percentiles } from './load/tally.ts';
import { isNoisy, noiseText, type Watch } from './noise.ts';
import type { Calm, ProvenEvent } from './verdict.ts';

/**
 * Thrown when nothing can be shown. The last thing that was `seen` says whose fault that is: broken, where nobody but the
 * stack itself was busy, or inconclusive.
 */
export class Unfit extends Error {
  readonly seen: ProvenEvent;

  constructor(seen: ProvenEvent) {
    const { problems = [], noise } = seen.attempts.at(-1) ?? {};
    super(`${seen.name}: ${problems.join('; ')} ${noise ?? 'Nobody else was busy: it is the stack itself.'}`);
    this.seen = seen;
  }
}

const share = 0.3;
const mostPerSecond = 150;
const leastPerSecond = 40;
const clientsTried = [4, 8, 16, 32];

/**
 * Warms the replicas up and measures what the nodes carry: ever more clients, each of which asks again when it has its
 * answer, until more of them get no more answers. Gives the draws a second and the part of them that the lab uses. Throws
 * Unfit where that is too little.
 */
export async function measureCapacity(targets: string[], watch: Watch) {
  const began = Date.now();
  await carriedBy(targets, 4, 8);
  let carried = 0;
  for (const clients of clientsTried) {
    const rate = await carriedBy(targets, clients, 4);
    if (rate < carried * 1.1) break;
    carried = rate;
  }
  const perSecond = Math.min(mostPerSecond, Math.round(share * carried));
  if (perSecond < leastPerSecond) {
    const needed = Math.ceil(leastPerSecond / share);
    const problems = [`The nodes carry ${Math.round(carried)} requests a second, and ${needed} are needed.`];
    const noise = noiseText(await watch.between(began, Date.now()), 0);
    const attempts = [{ load: null, problems, noise, figures: {}, noisySeconds: [] }];
    const verdict = noise ? 'inconclusive' : 'broken';
    const promise = `The three nodes carry ${needed} requests a second.`;
    throw new Unfit({ name: 'What the nodes carry', group: 'Steady', promise, attempts, verdict });
  }
  return { carried: Math.round(carried), perSecond };
}

async function carriedBy(targets: string[], clients: number, seconds: number): Promise<number> {
  return goodPerSecond(await loadFor(seconds, { targets, clients }));
}

/**
 * What calm is like under this load, by what was seen when nothing happened. Throws Unfit where even then not all was
 * well, for then no event could show anything.
 */
export async function calmIn(seen: ProvenEvent, watch: Watch): Promise<Pick<Calm, 'slowest' | 'delay'>> {
  const load = seen.attempts.at(-1)?.load;
  if (!load || seen.verdict !== 'kept') throw new Unfit(seen);
  const seconds = await watch.between(load.began, load.began + load.duration);
  const delays = seconds.filter(one => !isNoisy(one, 0)).map(({ delay }) => delay);
  return { slowest: load.slowest.p99, delay: percentiles(delays).p50 };
}
