import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createBalancer, leastBusy, type Target } from './balance.ts';
import { TooLate } from './time-limit.ts';

const nobody = new Set<Target>();
let clock = 0;

beforeEach(() => {
  clock = 1_000_000;
  jest.restoreAllMocks();
  jest.spyOn(performance, 'now').mockImplementation(() => clock);
});

function target(address: string, inFlight = 0): Target {
  return { address, inFlight, restsUntil: 0, adapter: () => Promise.reject(), close: async () => {} };
}

function balancerOf(...addresses: string[]) {
  const lookUp = jest.fn(async (_name: string) => addresses);
  return { balancer: createBalancer(new URL('http://service2:5001'), lookUp), lookUp };
}

/** Lets promises that are under way without input or output come to their end. */
const settled = () => new Promise(resolve => setImmediate(resolve));

describe('When one of several targets is picked', () => {
  test('it is the least busy one', () => {
    const idle = target('b', 1);
    for (let turn = 0; turn < 9; turn += 1) {
      expect(leastBusy([target('a', 2), idle, target('c', 3)], nobody, turn)).toBe(idle);
    }
  });

  test('equally busy ones take turns, also while another one rests', () => {
    const resting = { ...target('c'), restsUntil: clock + 1 };
    const targets = [target('a'), target('b'), resting, target('d')];
    const picked = Array.from({ length: 300 }, (_, turn) => leastBusy(targets, nobody, turn).address);
    for (const address of ['a', 'b', 'd']) expect(picked.filter(x => x === address)).toHaveLength(100);
  });

  test('one that rests comes after a busy one, and one that was tried comes last', () => {
    const tried = target('a');
    const resting = { ...target('b'), restsUntil: clock + 1 };
    const busy = target('c', 99);
    expect(leastBusy([tried, resting, busy], new Set([tried]), 0)).toBe(busy);
    expect(leastBusy([tried, resting], new Set([tried]), 0)).toBe(resting);
    expect(leastBusy([tried], new Set([tried]), 0)).toBe(tried);
  });

  test('a name without an address is said to have none', () => {
    expect(() => leastBusy([], nobody, 0)).toThrow('The name has no address.');
  });
});

describe('When calls are spread over the addresses of a name', () => {
  test('every replica gets its share', async () => {
    const { balancer } = balancerOf('10.0.0.1', '10.0.0.2', '10.0.0.3');
    const shares = new Map<string, number>();
    for (let call = 0; call < 300; call += 1) {
      const { address } = await balancer.pick(nobody, 1000);
      shares.set(address, (shares.get(address) ?? 0) + 1);
    }
    expect(Object.fromEntries(shares)).toEqual({ '10.0.0.1': 100, '10.0.0.2': 100, '10.0.0.3': 100 });
  });

  test('one that is set aside is not picked as long as it was said, and then again', async () => {
    const { balancer } = balancerOf('10.0.0.1', '10.0.0.2');
    const failed = await balancer.pick(nobody, 1000);
    balancer.setAside(failed, 2000);
    clock += 1999;
    for (let call = 0; call < 9; call += 1) expect(await balancer.pick(nobody, 1000)).not.toBe(failed);
    clock += 2;
    expect([await balancer.pick(nobody, 1000), await balancer.pick(nobody, 1000)]).toContain(failed);
  });

  test('the name is looked up at most once a second, however many calls there are', async () => {
    const { balancer, lookUp } = balancerOf('10.0.0.1');
    await Promise.all(Array.from({ length: 50 }, () => balancer.pick(nobody, 1000)));
    clock += 1000;
    await balancer.pick(nobody, 1000);
    expect(lookUp.mock.calls).toEqual([['service2']]);
  });
});

describe('When the addresses of a name change', () => {
  test('a new replica is called, and a removed one is closed and called no more', async () => {
    const { balancer, lookUp } = balancerOf('10.0.0.1', '10.0.0.2');
    const before = [await balancer.pick(nobody, 1000), await balancer.pick(nobody, 1000)];
    const gone = before.find(({ address }) => address === '10.0.0.1') ?? target('none');
    const closed = jest.spyOn(gone, 'close');
    lookUp.mockResolvedValue(['10.0.0.2', '10.0.0.3']);
    clock += 1001;
    await balancer.pick(nobody, 1000);
    await settled();
    const after = [await balancer.pick(nobody, 1000), await balancer.pick(nobody, 1000)].map(
      ({ address }) => address,
    );
    expect(after.sort()).toEqual(['10.0.0.2', '10.0.0.3']);
    expect(closed).toHaveBeenCalledTimes(1);
  });

  test('known addresses go on serving while the look-up is slow', async () => {
    const { balancer, lookUp } = balancerOf('10.0.0.1');
    await balancer.pick(nobody, 1000);
    lookUp.mockReturnValue(new Promise(() => {}));
    clock += 1001;
    expect((await balancer.pick(nobody, 1000)).address).toBe('10.0.0.1');
  });

  test('known addresses go on serving while the look-up fails, after a long idle time too', async () => {
    const { balancer, lookUp } = balancerOf('10.0.0.1');
    await balancer.pick(nobody, 1000);
    lookUp.mockRejectedValue(new Error('SERVFAIL'));
    clock += 10_001;
    expect((await balancer.pick(nobody, 1000)).address).toBe('10.0.0.1');
  });

  test('after ten idle seconds the look-up is waited for', async () => {
    const { balancer, lookUp } = balancerOf('10.0.0.1');
    await balancer.pick(nobody, 1000);
    lookUp.mockResolvedValue(['10.0.0.2']);
    clock += 10_001;
    expect((await balancer.pick(nobody, 1000)).address).toBe('10.0.0.2');
  });

  test('a look-up that never ends is waited for as long as the call may take', async () => {
    const { balancer, lookUp } = balancerOf('10.0.0.1');
    lookUp.mockReturnValue(new Promise(() => {}));
    await expect(balancer.pick(nobody, 10)).rejects.toThrow(TooLate);
  });

  test('a look-up that fails before any address is known fails all calls of the next second', async () => {
    const { balancer, lookUp } = balancerOf('10.0.0.1');
    lookUp.mockRejectedValueOnce(new Error('ENOTFOUND'));
    for (let call = 0; call < 9; call += 1)
      await expect(balancer.pick(nobody, 1000)).rejects.toThrow('ENOTFOUND');
    clock += 1001;
    expect((await balancer.pick(nobody, 1000)).address).toBe('10.0.0.1');
  });
});

test('a look-up that fails is not repeated at the rate of the calls', async () => {
  const { balancer, lookUp } = balancerOf('10.0.0.1');
  await balancer.pick(nobody, 1000);
  lookUp.mockRejectedValue(new Error('SERVFAIL'));
  for (let call = 0; call < 300; call += 1) {
    clock += 10;
    await balancer.pick(nobody, 1000);
    await settled();
  }
  expect(lookUp.mock.calls).toHaveLength(1 + 2);
});

describe('When nobody gives a look-up', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['localhost', '127.0.0.1'],
    ['[::1]', '[::1]'],
  ])('%s is found', async (host, address) => {
    const balancer = createBalancer(new URL(`http://${host}:5001`));
    expect((await balancer.pick(nobody, 1000)).address).toBe(address);
    await balancer.close();
  });

  test('a name that nobody knows fails the call', async () => {
    const balancer = createBalancer(new URL('http://nobody.invalid'));
    await expect(balancer.pick(nobody, 1000)).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
  });
});
