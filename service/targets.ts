import { within } from './time-limit.ts';

/** What is kept for each address of a name. */
export type Targets<Target> = {
  /** One for each address. Throws a TooLate, or what the look-up throws while no address is known. */
  all(milliseconds: number): Promise<Target[]>;
  close(): Promise<void>;
};

const refreshMs = 1000;

/**
 * Makes something for each address that is found, and closes it when the address is gone. They are looked up again
 * every second while they are asked for, also when a look-up failed.
 */
export function createTargets<Target extends { close(): Promise<unknown> }>(
  findAddresses: () => Promise<string[]>,
  create: (address: string) => Target,
): Targets<Target> {
  const targets = new Map<string, Target>();
  let refreshedAt = Number.NEGATIVE_INFINITY;
  let askedAt = Number.NEGATIVE_INFINITY;
  let refreshing: Promise<void> | undefined;
  let failure: unknown;

  async function refresh(): Promise<void> {
    const addresses = await findAddresses();
    refreshedAt = performance.now();
    for (const address of addresses) {
      if (!targets.has(address)) targets.set(address, create(address));
    }
    for (const [address, target] of targets) {
      if (addresses.includes(address)) continue;
      targets.delete(address);
      void target.close();
    }
  }

  function refreshOnce(): Promise<void> {
    refreshing ??= refresh()
      .catch(error => {
        refreshedAt = performance.now();
        failure = error;
        throw error;
      })
      .finally(() => {
        refreshing = undefined;
      });
    return refreshing;
  }

  return {
    async all(milliseconds) {
      const now = performance.now();
      const idleMs = now - askedAt;
      askedAt = now;
      if (targets.size === 0 && now - refreshedAt <= refreshMs) throw failure;
      // Known addresses go on serving while DNS is slow or away; after a long idle time they are not trusted.
      if (now - refreshedAt > refreshMs) {
        const refreshed = refreshOnce().catch(error => {
          if (targets.size === 0) throw error;
        });
        if (targets.size === 0 || idleMs > 10 * refreshMs) await within(milliseconds, refreshed);
      }
      return [...targets.values()];
    },
    async close() {
      await Promise.all([...targets.values()].map(target => target.close()));
    },
  };
}
