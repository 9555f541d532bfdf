import { lookup, resolve4 } from 'node:dns/promises';
import { isIP, isIPv6 } from 'node:net';
import { createTargets } from './targets.ts';
import { type Sender, undiciSender } from './undici-adapter.ts';

/** One address behind a name, and the way to send a request to it. */
export type Target = Sender & {
  address: string;
  inFlight: number;
  /** Until when this target is set aside, on the clock of performance.now(). */
  restsUntil: number;
};

/** Spreads calls over all addresses of a name. */
export type Balancer = {
  /** The least busy target, rested ones first; one that was `tried` only if there is no other. Throws a TooLate. */
  pick(tried: Set<Target>, milliseconds: number): Promise<Target>;
  /** Sets a target aside for so many milliseconds. */
  setAside(target: Target, milliseconds: number): void;
  close(): Promise<void>;
};

/**
 * A balancer for the host in an origin; from `pick` it throws what the look-up throws while no address is known.
 * Not undici's: its dns interceptor forgets all addresses when a look-up fails and goes on asking a replica that
 * answers wrongly or not at all, its RoundRobinPool has one address, and its BalancedPool heeds only connections.
 */
export function createBalancer(origin: URL, findAddresses = addressesOf): Balancer {
  const targets = createTargets(
    () => findAddresses(origin.hostname),
    address => createTarget(origin, address),
  );
  let turn = 0;

  return {
    async pick(tried, milliseconds) {
      const all = await targets.all(milliseconds);
      turn += 1;
      return leastBusy(all, tried, turn);
    },
    setAside(target, milliseconds) {
      target.restsUntil = Math.max(target.restsUntil, performance.now() + milliseconds);
    },
    close: targets.close,
  };
}

/**
 * The least busy of the targets; equal ones take turns.
 * Those that were tried come last, those that rest come before them.
 */
export function leastBusy(targets: Target[], tried: Set<Target>, turn: number): Target {
  const now = performance.now();
  const load = (target: Target) =>
    target.inFlight + (target.restsUntil > now ? 1e6 : 0) + (tried.has(target) ? 1e9 : 0);
  const least = Math.min(...targets.map(load));
  const equal = targets.filter(target => load(target) === least);
  const next = equal[turn % equal.length];
  if (!next) throw new Error('The name has no address.');
  return next;
}

/**
 * All IPv4 addresses of a name, from DNS' A records and not from getaddrinfo, which sorts them (RFC 6724) and may
 * never put one of three replicas first. A name that only /etc/hosts knows, or that has IPv6 addresses alone, is looked
 * up there. All are as they stand in a URL.
 */
export async function addressesOf(name: string): Promise<string[]> {
  if (isIP(name) || name.startsWith('[')) return [name];
  if (name !== 'localhost') {
    const addresses = await resolve4(name).catch(() => []);
    if (addresses.length > 0) return addresses;
  }
  const found = await lookup(name, { all: true, family: 4 }).catch(() => lookup(name, { all: true }));
  return found.map(({ address }) => (isIPv6(address) ? `[${address}]` : address));
}

function createTarget({ port, host }: URL, address: string): Target {
  return { address, ...undiciSender(address, Number(port || 80), host), inFlight: 0, restsUntil: 0 };
}
