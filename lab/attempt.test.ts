import { expect, jest, test } from '@jest/globals';
import { proveEvent, type Stage } from './attempt.ts';
import type { Event } from './event.ts';
import type { Failure, Load, LoadResult } from './load/load.ts';
import { isNoisy, type MachineSecond, noiseText } from './noise.ts';

const calmSecond = { at: 1000, outside: 0.05, delay: 5 };

const slowSecond = { second: 2, ok: 1, failed: 0, late: 0, p50: 9, p99: 90, max: 3100 };

/** What was seen, in ten seconds in which the machine was calm but for those of `noisy`. */
type Seen = { load?: Partial<LoadResult>; noisy?: number[]; repetitions?: number };

function failure(at: number, over: Partial<Failure> = {}): Failure {
  return {
    ...{ at, after: 20, method: 'GET', target: 'http://node', path: '/', id: 'load-1' },
    ...{ kind: 'wrong', status: 503, reason: 'answered 503' },
    ...over,
  };
}

function result(over: Partial<LoadResult>): LoadResult {
  const failed = over.failures?.length ?? 0;
  return {
    ...{ began: 0, requests: 1000, failed, duration: 10_000, p50: 9, p99: 80, max: 95 },
    ...{ failovers: { refused: 0, brokenNew: 0, brokenKept: 0 }, slowest: { second: 3, p99: 90 } },
    ...{ seconds: [], marks: [], failures: [], added: [], answeredBy: {}, versions: {} },
    ...over,
  };
}

/** Proves an event that sees the same at each attempt. */
function proven(over: Partial<Event>, { load = {}, noisy = [], repetitions = 0 }: Seen = {}) {
  const began = Date.now() - 10_000;
  const running: Load = {
    ...{ mark() {}, avoid() {}, use() {} },
    progress: async () => ({ ok: 0, added: 0 }),
    stop: async () => ({ ...result(load), began }),
  };
  const seconds = Array.from({ length: 10 }, (_, second): MachineSecond => {
    const outside = noisy.includes(second) ? 0.9 : calmSecond.outside;
    return { ...calmSecond, outside, at: began + 1000 * (second + 1) };
  });
  let repeated = 0;
  const stage: Stage = {
    usual: { targets: [], perSecond: 98, postsPerSecond: 2 },
    startLoad: async () => running,
    watch: { between: async () => seconds, stop() {} },
    calm: { carried: 500, slowest: 600, delay: 5 },
    logsOf: async request => `what was logged of ${request}`,
    mayRepeat: () => ++repeated <= repetitions,
  };
  const happen = async () => ({ problems: [], figures: {} });
  return proveEvent({ name: 'Drain', group: 'Planned', promise: 'It holds.', happen, ...over }, stage);
}

async function fails(): Promise<never> {
  throw new Error('The node is gone.', { cause: new Error('It burnt.') });
}

test('a promise is kept when no request fails', async () => {
  const { verdict, attempts } = await proven({});
  expect({ verdict, attempts }).toMatchObject({ verdict: 'kept', attempts: [{ problems: [] }] });
});

test.each<[string, Partial<LoadResult>, RegExp]>([
  [
    'a failed request',
    { failures: [failure(3200)] },
    /^1 of 1000 requests failed, .*answered 503.*load-1.*logged of load-1/s,
  ],
  ['five slow seconds', { slowest: { second: 2, p99: 1801 } }, /99th percentile was 1801 ms, more than 1800/],
  ['an answer longer than NGINX tries', { max: 3100, seconds: [slowSecond] }, /an answer took 3100 ms/],
  [
    'a person added late',
    { added: [{ id: 9, name: 'Ada', at: 7000, after: 3100 }] },
    /^1 adds took more than 3000 ms/,
  ],
  ['a load that was not sent', { requests: 900 }, /sent 900 of 1\d+/],
])('in calm %s breaks it at once', async (_, load, problem) => {
  const { verdict, attempts } = await proven({}, { load, repetitions: 3 });
  expect(verdict).toBe('broken');
  expect(attempts).toMatchObject([{ problems: [expect.stringMatching(problem)], noise: null }]);
});

test('failures that the promise allows break nothing, others beside them do', async () => {
  const mayFail = ({ kind }: Failure) => kind === 'refused';
  const refused = failure(1000, { kind: 'refused' });
  const verdictOf = async (failures: Failure[]) =>
    (await proven({ mayFail }, { load: { failures } })).verdict;
  expect(await verdictOf([refused])).toBe('kept');
  expect(await verdictOf([refused, failure(1000)])).toBe('broken');
});

test('an event may say itself how slow is slow', async () => {
  const slow = { load: { slowest: { second: 0, p99: 2400 } } };
  expect((await proven({ slowestMs: 2500 }, slow)).verdict).toBe('kept');
});

test('what failed only in noisy seconds happens again, as often as the run allows, and proves nothing', async () => {
  const load = { failures: [failure(3200), failure(4100)] };
  const { verdict, attempts } = await proven({}, { load, noisy: [3, 4], repetitions: 1 });
  expect(verdict).toBe('inconclusive');
  expect(attempts).toHaveLength(2);
  expect(attempts[0]).toMatchObject({
    noisySeconds: [3, 4],
    noise: expect.stringMatching('2 of 10 seconds'),
  });
});

test('one failure in calm is enough, whatever failed in noise', async () => {
  const load = { failures: [failure(3200), failure(8500)] };
  expect((await proven({}, { load, noisy: [3], repetitions: 3 })).verdict).toBe('broken');
});

test.each<[string, Partial<Event>]>([
  ['its preparation fails', { prepare: fails }],
  ['it fails itself', { happen: fails }],
  ['the look at its result fails', { check: fails }],
  ['what it changed cannot be put right', { restore: fails }],
])('it is broken when %s, and a little noise is no excuse for it', async (_, over) => {
  const { verdict, attempts } = await proven(over, { noisy: [3], repetitions: 3 });
  expect(verdict).toBe('broken');
  expect(attempts).toMatchObject([{ problems: [expect.stringMatching(/The node is gone\. It burnt\.$/)] }]);
});

test('an event without load gets one attempt', async () => {
  const seen = { noisy: [1, 2, 3, 4, 5, 6], repetitions: 3 };
  const { verdict, attempts } = await proven({ load: null, happen: fails }, seen);
  expect(verdict).toBe('broken');
  expect(attempts).toHaveLength(1);
});

test('everything is put right after each attempt, also when the preparation fails', async () => {
  const restore = jest.fn(async () => {});
  await proven({ prepare: fails, restore });
  expect(restore).toHaveBeenCalledTimes(1);
});

test.each([
  ['others took a third of a core', { ...calmSecond, outside: 0.33 }, true],
  ['the calibrator waited for four times as long as usual', { ...calmSecond, delay: 281 }, true],
  ['neither', calmSecond, false],
  ['the calibrator waited no longer than people notice', { ...calmSecond, delay: 249 }, false],
])('a second is noisy or not when %s', (_, seen, expected) => {
  expect(isNoisy(seen, 70)).toBe(expected);
});

test('noise is told with its figures, and calm is not told', () => {
  expect(noiseText([calmSecond, calmSecond], 10)).toBeNull();
  expect(noiseText([calmSecond, { ...calmSecond, outside: 0.97 }], 10)).toMatch(
    /^In 1 of 2 seconds .* 1\.0 of its cores/,
  );
});
