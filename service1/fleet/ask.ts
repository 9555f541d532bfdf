import { type Counts, countsOf } from './figures.ts';

/** What a replica says of itself; null is what it does not say. */
export type Said = {
  node: string | null;
  instance: string | null;
  version: string | null;
  isDraining: boolean;
  counts: Counts | null;
};

/** Asks the replica of a service at an address like 10.0.1.7:5000. Throws if it does not answer, or is somebody else. */
export async function askReplica(service: string, address: string, signal: AbortSignal): Promise<Said> {
  const [health, metrics] = await Promise.all([
    ask(`http://${address}/health`, signal),
    ask(`http://${address}/metrics`, signal),
  ]);
  const [who, shown] = [await health.json(), await metrics.text()];
  if (who.service !== service) throw new Error(`${address} is ${who.service}, not ${service}.`);
  return {
    node: textOf(who.node),
    instance: textOf(who.instance),
    version: textOf(who.version),
    isDraining: health.headers.get('connection') === 'close',
    counts: metrics.ok ? countsOf(shown) : null,
  };
}

/** Asks an NGINX, which says no more than that it is there. Throws if it does not. */
export async function askNginx(_service: string, address: string, signal: AbortSignal): Promise<Said> {
  const { ok } = await ask(`http://${address}/nginx-health`, signal);
  if (!ok) throw new Error(`${address} is not well.`);
  return { node: null, instance: null, version: null, isDraining: false, counts: null };
}

function ask(url: string, signal: AbortSignal): Promise<Response> {
  return fetch(url, { signal, redirect: 'error', headers: { Accept: 'application/json' } });
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, 100) : null;
}
