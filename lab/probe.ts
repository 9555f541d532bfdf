import { setTimeout as pause } from 'node:timers/promises';

/** One answer of a probe; status 0 is none at all. Times are in milliseconds, `at` since the probing began. */
export type Probed = { at: number; status: number; milliseconds: number; body: string };

/** Somebody who asks the same thing again and again, one question after the other. */
export type Prober = { seen(): Probed[]; stop(): Promise<Probed[]> };

/** Asks an address for a draw as JSON, on a new connection each time, with a pause of so many milliseconds between. */
export function probe(address: string, pauseMs: number): Prober {
  const began = performance.now();
  const seen: Probed[] = [];
  let stopped = false;
  const running = (async () => {
    while (!stopped) {
      seen.push(await askOnce(address, began));
      await pause(pauseMs);
    }
  })();
  return {
    seen: () => seen,
    async stop() {
      stopped = true;
      await running;
      return seen;
    },
  };
}

async function askOnce(address: string, began: number): Promise<Probed> {
  const at = performance.now() - began;
  const headers = { Accept: 'application/json', Connection: 'close' };
  const answer = await fetch(address, { headers, signal: AbortSignal.timeout(5000) }).then(
    async response => ({ status: response.status, body: await response.text() }),
    error => ({ status: 0, body: String(error) }),
  );
  return { at, milliseconds: performance.now() - began - at, ...answer };
}
