import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createLimit, type Place } from './limit.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const givenUpAfterMs = 1000;

/** Something that a limit stands before: it works on one at a time for so long, and on a part that all wait for. */
function createWorker(workMs: number, part = () => 0) {
  const limit = createLimit();
  const seen = { good: 0, refused: 0, slowest: 0 };
  let freeAt = 0;

  async function ask(): Promise<void> {
    const asked = performance.now();
    const place = await limit.enter();
    if (!place) {
      seen.refused += 1;
      return;
    }
    freeAt = Math.max(place.began, freeAt) + workMs;
    const waitsMs = part();
    await new Promise(resolve => setTimeout(resolve, freeAt - place.began + waitsMs));
    limit.leave(place, waitsMs < givenUpAfterMs);
    seen.good += 1;
    seen.slowest = Math.max(seen.slowest, performance.now() - asked);
  }

  return {
    limit,
    /** Asks once in so many milliseconds, or at random as often, for so many seconds, and gives what became of it. */
    async offer(everyMs: number, seconds: number, random = () => 1) {
      Object.assign(seen, { good: 0, refused: 0, slowest: 0 });
      let timer: NodeJS.Timeout | undefined;
      function askAgain(): void {
        timer = setTimeout(askAgain, everyMs * random());
        void ask();
      }
      askAgain();
      await jest.advanceTimersByTimeAsync(seconds * 1000);
      clearTimeout(timer);
      return { ...seen };
    },
  };
}

test('with time to spare all are let in, and ever more might be', async () => {
  const { limit, offer } = createWorker(5);
  expect(await offer(10, 20)).toMatchObject({ refused: 0 });
  expect(limit.allowed()).toBe(64);
});

test('where three times as much is asked as can be done, as much as can be done is done, and soon', async () => {
  const { limit, offer } = createWorker(6);
  await offer(12, 20);
  await offer(2, 5);
  const { good, refused, slowest } = await offer(2, 30);
  expect(good).toBeGreaterThan(30_000 / 6 - 50);
  expect(refused).toBeGreaterThan(0.9 * 10_000);
  expect(slowest).toBeLessThan(270);
  expect(limit.allowed()).toBe(8);
});

test('an overload in which now and then a place is free is one all the same', async () => {
  const { offer } = createWorker(6);
  let seed = 7;
  function exponential(): number {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return -Math.log(1 - seed / 2 ** 32);
  }
  await offer(12, 20);
  await offer(4, 5, exponential);
  expect((await offer(4, 20, exponential)).slowest).toBeLessThan(270);
});

test('a dip of two seconds is no reason to refuse', async () => {
  let isDip = false;
  const { limit, offer } = createWorker(2, () => (isDip ? 200 : 0));
  await offer(10, 10);
  isDip = true;
  expect(await offer(10, 2)).toMatchObject({ refused: 0 });
  isDip = false;
  expect(await offer(10, 5)).toMatchObject({ refused: 0 });
  expect(limit.allowed()).toBe(64);
});

test('after that all are let in again at once', async () => {
  const { offer } = createWorker(6);
  await offer(12, 10);
  await offer(2, 15);
  await offer(12, 1);
  expect(await offer(12, 10)).toMatchObject({ refused: 0 });
});

test.each([
  ['half', 2],
  ['all', 1],
])('a part that keeps %s of them waiting for long is no reason to refuse the others', async (_, every) => {
  let turn = 0;
  const { offer } = createWorker(1, () => (turn++ % every === 0 ? givenUpAfterMs : 0));
  expect(await offer(20, 20)).toMatchObject({ refused: 0 });
});

test('where all hangs no more than 64 are let in', async () => {
  const limit = createLimit();
  const places = [];
  for (let count = 0; count < 1000; count += 1) {
    places.push(limit.enter());
    await jest.advanceTimersByTimeAsync(10);
  }
  await jest.advanceTimersByTimeAsync(1000);
  expect((await Promise.all(places)).filter(place => place !== null)).toHaveLength(64);
});

test('who waits comes in when what hangs gives up its place, though nothing else happens', async () => {
  const { limit, offer } = createWorker(6);
  await offer(12, 10);
  await offer(2, 15);
  await offer(12, 1.2);
  const hanging = Array.from({ length: limit.allowed() }, () => limit.enter());
  const waiting = limit.enter();
  await jest.advanceTimersByTimeAsync(700);
  expect((await Promise.all([...hanging, waiting])).every(Boolean)).toBe(true);
});

test('of work that fails nothing is learnt', () => {
  const limit = createLimit();
  const before = limit.allowed();
  for (let count = 0; count < 1000; count += 1) {
    const place = limit.enter() as Place;
    jest.advanceTimersByTime(count);
    limit.leave(place, false);
  }
  expect(limit.allowed()).toBe(before);
});

test.each([
  [
    'at first those who wait come in their order, and wait for 600 ms',
    0,
    ['old true', 'new false after 600'],
  ],
  [
    'later the newest comes first, and nobody waits for more than 50 ms',
    3000,
    ['new true', 'old false after 50'],
  ],
])('where no place is free, %s', async (_, fullForMs, expected) => {
  const limit = createLimit();
  const places = Array.from({ length: limit.allowed() }, () => limit.enter() as Place);
  await jest.advanceTimersByTimeAsync(fullForMs);
  const order: string[] = [];
  async function wait(name: string): Promise<void> {
    const began = performance.now();
    const isIn = (await limit.enter()) !== null;
    order.push(`${name} ${isIn || `false after ${performance.now() - began}`}`);
  }
  void wait('old');
  await jest.advanceTimersByTimeAsync(10);
  void wait('new');
  limit.leave(places[0] as Place, true);
  await jest.advanceTimersByTimeAsync(1000);
  expect(order).toEqual(expected);
});

test('a standstill of half a second, while more wait than are let in, is no reason to refuse', async () => {
  let standsUntil = 0;
  const { offer } = createWorker(1, () => Math.max(0, standsUntil - performance.now()));
  await offer(5, 10);
  standsUntil = performance.now() + 500;
  expect(await offer(5, 10)).toMatchObject({ refused: 0 });
});
