import { expect, test } from '@jest/globals';
import { type Event, proveEvent } from './event.ts';
import type { Load, LoadResult } from './load.ts';
import { isAsItMustBe } from './report-event.ts';

function result(over: Partial<LoadResult>): LoadResult {
  const failovers = { refused: 0, brokenNew: 0, brokenKept: 0 };
  return {
    ...{ requests: 100, failed: 0, failovers, p50: 9, p99: 80, max: 95, seconds: [], failures: [] },
    ...{ marks: [], added: [], answeredBy: {}, versions: {} },
    ...over,
  };
}

/** How often it was waited until the machine is quiet. */
let waits = 0;

/** Proves an event whose load ends with a result. */
function proven(over: Partial<Event>, seen: Partial<LoadResult> = {}) {
  const load: Load = { mark() {}, avoid() {}, use() {}, stop: async () => result(seen) };
  const happen = async () => ({ problems: [], figures: {} });
  const event: Event = { name: 'Drain', group: 'Planned', promise: 'It holds.', happen, ...over };
  const untilQuiet = async () => {
    waits += 1;
  };
  return proveEvent(event, { targets: [], startLoad: async () => load, untilQuiet }, () => {});
}

async function fails(): Promise<never> {
  throw new Error('The node is gone.', { cause: new Error('It burnt.') });
}

test('an event passes when no request fails', async () => {
  expect(await proven({})).toMatchObject({ passed: true, attempts: [{ wentAsPlanned: true, problems: [] }] });
});

test('failed requests and a high latency are problems, and the event happens once more', async () => {
  const { passed, attempts } = await proven({}, { failed: 3, p99: 1200 });
  const problems = [expect.stringMatching(/^3 of 100 requests failed/), 'the 99th percentile was 1200 ms'];
  expect({ passed, attempts }).toMatchObject({ passed: false, attempts: [{ problems }, { problems }] });
  expect((await proven({ allowed: { failed: 3, p99: 1200 } }, { failed: 3, p99: 1200 })).passed).toBe(true);
});

test.each<[string, Partial<Event>]>([
  ['its preparation fails', { prepare: fails }],
  ['it fails itself', { happen: fails }],
  ['the look at its result fails', { check: fails }],
  ['what it changed cannot be put right', { restore: fails }],
])('an event is not proven when %s', async (_, over) => {
  const { passed, attempts } = await proven(over);
  const problems = [expect.stringMatching(/The node is gone\. It burnt\.$/)];
  expect(passed).toBe(false);
  expect(attempts).toEqual(Array(2).fill(expect.objectContaining({ wentAsPlanned: false, problems })));
});

test('only what failed under load waits for a quiet machine, once, before it happens again', async () => {
  const waitsFor = async (...of: Parameters<typeof proven>) => {
    waits = 0;
    await proven(...of);
    return waits;
  };
  expect(await waitsFor({}, { failed: 3 })).toBe(1);
  expect(await waitsFor({})).toBe(0);
  expect(await waitsFor({ load: null, happen: fails })).toBe(0);
  expect(await waitsFor({ isNegative: true }, { failed: 3 })).toBe(0);
});

test('everything is put right after each attempt, also when the preparation fails', async () => {
  let times = 0;
  const restore = async () => {
    times += 1;
  };
  await proven({ prepare: fails, restore });
  expect(times).toBe(2);
});

test('a control that loses requests is as it must be, unless something else went wrong as well', async () => {
  const lost = { failed: 3 };
  expect(isAsItMustBe(await proven({ isNegative: true }, lost))).toBe(true);
  expect(isAsItMustBe(await proven({ isNegative: true }))).toBe(false);
  expect(isAsItMustBe(await proven({ isNegative: true, happen: fails }, lost))).toBe(false);
  expect(isAsItMustBe(await proven({ isNegative: true, check: async () => ['never'] }, lost))).toBe(false);
});
