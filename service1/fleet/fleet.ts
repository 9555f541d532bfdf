import { TooLate } from '@motorpool/service/time-limit.ts';
import { askAll, type Heards, type Place } from './place.ts';
import { freshSeconds, type Replica } from './replica.ts';

/** Everybody who serves, in an order that stays: by service and address. */
export type Fleet = { sampledAt: Date; services: string[]; replicas: Replica[] };

const keptMs = 1000;
const patienceMs = 900;
const apartMs = 500;
// Of the 96 requests that NGINX gives a replica at a time.
const mostWaiting = 32;

/**
 * Samples all replicas while somebody looks: once a second at most, for all who look together. Each look ends within a
 * second. `database` gives the replicas that the database has, before a deadline on the clock of performance.now().
 */
export function createFleet(places: Place[], database: (deadline: number) => Promise<Replica[]>) {
  const services = [...places.map(({ service }) => service), 'database'];
  let heards: Heards[] = places.map(() => new Map());
  let sampledAt = Number.NEGATIVE_INFINITY;
  let fleet: Fleet | undefined;
  let sampling: Promise<Fleet> | undefined;
  let waiting = 0;

  /** Asks everybody once. What a replica did is what it has counted since the round before. */
  async function round(deadline: number): Promise<Fleet> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new TooLate('late')), deadline - performance.now());
    const [found, databases] = await Promise.all([
      Promise.all(places.map((place, index) => askAll(place, heards[index] ?? new Map(), late.signal))),
      database(deadline),
    ]);
    clearTimeout(timer);
    heards = found.map(each => each.heards);
    sampledAt = performance.now();
    const replicas = [...found.flatMap(each => each.replicas.sort(byAddress)), ...databases.sort(byAddress)];
    return { sampledAt: new Date(), services, replicas };
  }

  async function sample(): Promise<Fleet> {
    const began = performance.now();
    const isFirst = began - sampledAt > freshSeconds * 1000;
    if (isFirst) heards = places.map(() => new Map());
    fleet = await round(began + patienceMs);
    // A single round has no figures; another one needs as long again.
    if (isFirst && 2 * (performance.now() - began) + apartMs < patienceMs) {
      await new Promise(resolve => setTimeout(resolve, apartMs));
      fleet = await round(began + patienceMs);
    }
    return fleet;
  }

  return {
    /** Who serves now; null if so many wait for that already that there is no place for more. */
    async look(): Promise<Fleet | null> {
      if (fleet && performance.now() - sampledAt < keptMs) return fleet;
      if (waiting >= mostWaiting) return null;
      waiting += 1;
      sampling ??= sample().finally(() => {
        sampling = undefined;
      });
      return sampling.finally(() => {
        waiting -= 1;
      });
    },
  };
}

function byAddress(one: Replica, other: Replica): number {
  return one.address.localeCompare(other.address, 'en', { numeric: true });
}
