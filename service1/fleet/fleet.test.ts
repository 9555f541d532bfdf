import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Said } from './ask.ts';
import { noFigures } from './figures.ts';
import { createFleet } from './fleet.ts';
import type { Place } from './place.ts';
import type { Replica } from './replica.ts';

const database = {
  ...{ service: 'database', address: 'db', node: null, instance: null, version: null },
  ...{ state: 'serving' as const, upSeconds: null, ...noFigures },
};
const startedAt = Date.now() - 600_000;

/** What a replica says that has answered so many requests since it started. */
function saying(requests: number, changes: Partial<Said> = {}): Said {
  const upTo = new Map([0.01, Number.POSITIVE_INFINITY].map(bound => [bound, requests]));
  const counts = { startedAt, refused: 0, upTo };
  return { node: 'node1', instance: 'a', version: '1.0', isDraining: false, counts, ...changes };
}

/** A service with a replica at each address; `replicas` may be changed at any time. */
function serviceOf(replicas: Record<string, () => Promise<Said>>) {
  const listed = jest.fn(async () => Object.keys(replicas));
  const ask = jest.fn<Place['ask']>((_service, address) =>
    replicas[address] ? replicas[address]() : Promise.reject(new Error('ECONNREFUSED')),
  );
  const fleet = createFleet([{ service: 'service2', addresses: listed, ask }], async () => [database]);
  return { fleet, ask, listed, replicas };
}

/** Lets a look come to its end, whatever it waits for; gives the replicas and how long it took (ms). */
async function lookAt(fleet: ReturnType<typeof createFleet>): Promise<{ replicas: Replica[]; took: number }> {
  const began = performance.now();
  const looking = fleet.look();
  await jest.advanceTimersByTimeAsync(1000);
  let took = Number.POSITIVE_INFINITY;
  const seen = await looking.finally(() => {
    took = performance.now() - began;
  });
  return { replicas: seen?.replicas ?? [], took };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('While somebody looks', () => {
  test('hundreds cost one sampling, which is kept for a second; then nothing goes on', async () => {
    const { fleet, ask } = serviceOf({
      '10.0.0.1': async () => saying(0),
      '10.0.0.2': async () => saying(0),
    });
    await lookAt(fleet);
    await jest.advanceTimersByTimeAsync(1000);
    ask.mockClear();
    const looks = Array.from({ length: 20 }, () => fleet.look());
    await jest.advanceTimersByTimeAsync(500);
    looks.push(...Array.from({ length: 300 }, () => fleet.look()));
    expect(new Set(await Promise.all(looks)).size).toBe(1);
    expect(ask).toHaveBeenCalledTimes(2);
    expect(jest.getTimerCount()).toBe(0);
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  test('32 wait for a sampling at a time, and more are told at once that there is no place', async () => {
    const { fleet, ask } = serviceOf({ '10.0.0.1': () => new Promise(() => {}) });
    ask.mockImplementation((_service, _address, signal) => late(signal));
    const looks = Array.from({ length: 32 }, () => fleet.look());
    expect(await fleet.look()).toBeNull();
    await jest.advanceTimersByTimeAsync(1000);
    expect(new Set(await Promise.all(looks)).size).toBe(1);
    expect(ask).toHaveBeenCalledTimes(1);
    expect(await fleet.look()).not.toBeNull();
  });

  test('the figures are there at the first look, and are those since the look before at the next', async () => {
    let requests = 1000;
    const { fleet } = serviceOf({ '10.0.0.1': async () => saying(requests++) });
    expect((await lookAt(fleet)).replicas[0]).toMatchObject({ requestsPerSecond: 2, upSeconds: 600 });
    await jest.advanceTimersByTimeAsync(1500);
    requests += 19;
    expect((await lookAt(fleet)).replicas[0]?.requestsPerSecond).toBe(10);
  });

  test('whoever refuses is busy, and whoever shows no metrics has no figures', async () => {
    let refused = 0;
    const { fleet } = serviceOf({
      '10.0.0.1': async () => ({ ...saying(0), counts: { startedAt, refused: refused++, upTo: new Map() } }),
      '10.0.0.2': async () => saying(0, { counts: null }),
    });
    expect((await lookAt(fleet)).replicas).toMatchObject([
      { state: 'busy', refusedPerSecond: 2 },
      { state: 'serving', upSeconds: null, ...noFigures },
      { service: 'database' },
    ]);
  });
});

describe('When not all is well', () => {
  test('one that hangs is silent within a second, in the place where it was, and the others are seen', async () => {
    const { fleet, ask, replicas } = serviceOf({
      '10.0.0.2': async () => saying(0, { node: 'node2' }),
      '10.0.0.10': async () => saying(0),
    });
    await lookAt(fleet);
    ask.mockImplementation((_service, address, signal) =>
      address === '10.0.0.2' ? late(signal) : (replicas[address]?.() ?? Promise.reject()),
    );
    await jest.advanceTimersByTimeAsync(1000);
    const { replicas: seen, took } = await lookAt(fleet);
    expect(took).toBeLessThanOrEqual(1000);
    expect(seen.map(({ address, state, node }) => [address, state, node])).toEqual([
      ['10.0.0.2', 'silent', 'node2'],
      ['10.0.0.10', 'serving', 'node1'],
      ['db', 'serving', null],
    ]);
  });

  test('one that is told to stop drains as long as it answers, listed or not, and then is gone', async () => {
    const { fleet, ask, listed } = serviceOf({
      '10.0.0.1': async () => saying(0),
      '10.0.0.2': async () => saying(0, { isDraining: true }),
    });
    const states = async () => {
      await jest.advanceTimersByTimeAsync(1000);
      return (await lookAt(fleet)).replicas.map(({ state }) => state);
    };
    expect(await states()).toEqual(['serving', 'draining', 'serving']);
    listed.mockResolvedValue([]);
    expect(await states()).toEqual(['draining', 'draining', 'serving']);
    ask.mockRejectedValue(new Error('ECONNREFUSED'));
    expect(await states()).toEqual(['serving']);
  });

  test('while the DNS is away those that are known are asked', async () => {
    const { fleet, listed } = serviceOf({ '10.0.0.1': async () => saying(0) });
    await lookAt(fleet);
    listed.mockRejectedValue(new Error('SERVFAIL'));
    await jest.advanceTimersByTimeAsync(1000);
    expect((await lookAt(fleet)).replicas[0]).toMatchObject({ address: '10.0.0.1', state: 'serving' });
  });

  test('another process at the same address is not reckoned by what the first one did', async () => {
    const { fleet, replicas } = serviceOf({ '10.0.0.1': async () => saying(1000) });
    await lookAt(fleet);
    const fresh = {
      startedAt: Date.now() - 10_000,
      refused: 0,
      upTo: new Map([[Number.POSITIVE_INFINITY, 55]]),
    };
    replicas['10.0.0.1'] = async () => saying(0, { counts: fresh });
    await jest.advanceTimersByTimeAsync(1000);
    expect((await lookAt(fleet)).replicas[0]?.requestsPerSecond).toBe(5);
  });
});

/** An answer that never comes, until it is given up. */
function late(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}
