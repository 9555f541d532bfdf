import { expect, test } from '@jest/globals';
import type { Event } from './event.ts';
import type { LoadResult } from './load/load.ts';
import { playable, told } from './play.ts';

const happen = async () => ({ problems: [], figures: {} });
const event = { name: 'A worker dies', group: 'Unplanned', promise: 'It fails nobody.', happen };
const events: Event[] = [
  event,
  { ...event, name: 'A look at passwords', load: null },
  { ...event, name: 'One database becomes a group', group: 'Database' },
];

test('without a name only what users can notice, and what leaves the stack as it was, is played', () => {
  expect(playable(events, '')).toEqual([event]);
  expect(playable(events, 'DATABASE').map(({ group }) => group)).toEqual(['Database']);
  expect(() => playable(events, 'password')).toThrow('No event is named "password"');
});

test('what is told has the promise, what was wrong, and the marks with what failed after each', () => {
  const failure = { after: 3, kind: 'broken' as const, status: 0, id: 'a1', reason: 'It was reset.' };
  const where = { method: 'GET', target: 'http://172.30.77.11', path: '/' };
  const load: LoadResult = {
    ...{ began: 0, requests: 63, failed: 3, duration: 3000, p50: 9, p99: 80, max: 90 },
    ...{ failovers: { refused: 0, brokenNew: 0, brokenKept: 0 }, slowest: { second: 0, p99: 80 } },
    marks: [
      { at: 940, label: 'node3 dies' },
      { at: 12_500, label: 'its tasks run elsewhere' },
    ],
    failures: [940, 1300, 12_499].map(at => ({ at, ...failure, ...where })),
    ...{ seconds: [], added: [], answeredBy: {}, versions: {} },
  };
  const attempt = { load, problems: ['3 of 63 requests failed'], noise: null, figures: {}, noisySeconds: [] };
  expect(told({ ...event, verdict: 'broken', attempts: [attempt] }, 42)).toEqual([
    'It was: A worker dies. It fails nobody.',
    expect.stringMatching(/^✗ Unplanned: A worker dies \(requests: 3 of 63 failed; .*42 s\)$/),
    '    3 of 63 requests failed',
    '    0.0 s  few people draw',
    '    0.9 s  node3 dies: 3 requests failed from then on',
    '   12.5 s  its tasks run elsewhere',
  ]);
});
