import { resolve4 } from 'node:dns/promises';
import { addressesOf } from '@motorpool/service/balance.ts';
import { within } from '@motorpool/service/time-limit.ts';
import type { Said } from './ask.ts';
import { answering, type Heard, type Replica, silent } from './replica.ts';

/** Where the replicas of a service are, and how to ask one. */
export type Place = {
  service: string;
  /** Their addresses now, like 10.0.1.7:5000. Throws if they cannot be found out. */
  addresses(): Promise<string[]>;
  ask(service: string, address: string, signal: AbortSignal): Promise<Said>;
};

/** What each replica said when it was last heard, by its address. */
export type Heards = Map<string, Heard>;

const lookUpMs = 500;
// Where a container is gone nobody refuses: nothing comes back.
const unlistedMs = 300;

/** The place of the service behind a URL. */
export function placeOf(service: string, url: URL, ask: Place['ask']): Place {
  const addresses = async () => (await tasksOf(url.hostname)).map(address => `${address}:${url.port || 80}`);
  return { service, addresses, ask };
}

/**
 * The addresses behind a name. In a swarm a name may stand for one virtual address, as that of NGINX does; with `tasks.`
 * before it, it stands for those of its tasks. Elsewhere that is no name.
 */
export async function tasksOf(name: string): Promise<string[]> {
  const plainly = within(lookUpMs, addressesOf(name));
  if (!/^[a-z][\w-]*$/i.test(name) || name === 'localhost') return plainly;
  const [tasks, plain] = await Promise.allSettled([within(lookUpMs, resolve4(`tasks.${name}`)), plainly]);
  if (tasks.status === 'fulfilled') return tasks.value;
  if (plain.status === 'fulfilled') return plain.value;
  throw plain.reason;
}

/** Asks every replica of a place, and those that were there before; what they say is put into `heards`. */
export async function askAll(
  { service, addresses, ask }: Place,
  before: Heards,
  signal: AbortSignal,
): Promise<{ replicas: Replica[]; heards: Heards }> {
  const heards: Heards = new Map();
  const listed = await addresses().catch(() => null);

  async function seen(address: string): Promise<Replica[]> {
    const earlier = before.get(address);
    const isListed = listed?.includes(address);
    const soon = isListed ? signal : AbortSignal.any([signal, AbortSignal.timeout(unlistedMs)]);
    const said = await ask(service, address, soon).catch(() => null);
    if (said) {
      const heard = { at: performance.now(), said };
      heards.set(address, heard);
      return [answering(service, address, heard, isListed ?? true, earlier)];
    }
    if (!isListed) return [];
    if (earlier) heards.set(address, earlier);
    return [silent(service, address, earlier)];
  }

  const replicas = await Promise.all([...new Set([...(listed ?? []), ...before.keys()])].map(seen));
  return { replicas: replicas.flat(), heards };
}
