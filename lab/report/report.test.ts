import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import type { LoadResult } from '../load/load.ts';
import type { ProvenEvent } from '../verdict.ts';
import { eventLine, timeline, writeReport } from './report.ts';

const folder = temporaryFolder('report').path;

const kind = 'broken' as const;
const where = { method: 'GET', target: 'http://172.30.77.11', path: '/', id: 'a1', reason: 'It was reset.' };
const failure = { at: 1200, after: 3, kind, status: 0, ...where };
const times = (ok: number) => ({
  late: 2,
  ...(ok > 0 ? { p50: 9, p99: 80, max: 90 } : { p50: 0, p99: 0, max: 0 }),
});
const load: LoadResult = {
  ...{ began: 0, requests: 7140, failed: 201, duration: 4000, p50: 9, p99: 103, max: 1950 },
  ...{ failovers: { refused: 7, brokenNew: 0, brokenKept: 2 }, slowest: { second: 0, p99: 210 } },
  seconds: [200, 199, 0, 200].map((ok, second) => ({ second, ok, failed: 200 - ok, ...times(ok) })),
  marks: [0, 100, 3900].map(at => ({ at, label: 'node3 is killed' })),
  ...{ failures: Array(11).fill(failure), added: [], answeredBy: {} },
  versions: {},
};
const calm = { load, problems: [], noise: null, figures: { took: '31 s' }, noisySeconds: [] };
const promise = { name: 'Drain', group: 'Planned', promise: 'It holds.' };
const drain = { ...promise, attempts: [calm], verdict: 'kept' as const };

function written(events: ProvenEvent[], unfit?: string, facts: Record<string, string> = {}) {
  const counts = writeReport(events, facts, join(folder, 'new'), unfit);
  const read = (file: string) => readFileSync(join(folder, 'new', file), 'utf8');
  return { counts, html: read('report.html'), json: JSON.parse(read('report.json')) };
}

test.each<[string, number, number, ProvenEvent['verdict'][], string | undefined]>([
  ['All 2 promises are kept.', 2, 0, ['kept', 'kept'], undefined],
  ['1 of 3 promises is broken.', 1, 1, ['kept', 'broken', 'inconclusive'], 'It is busy.'],
  ['2 of 3 promises are kept, no more is known.', 2, 0, ['kept', 'kept', 'inconclusive'], 'It is busy.'],
  ['0 of 0 promises are kept, no more is known.', 0, 0, [], 'It is busy.'],
])('the truth is in the page and in the JSON: %s', (headline, passed, failed, verdicts, unfit) => {
  const events = verdicts.map(verdict => ({ ...drain, verdict }));
  const { counts, html, json } = written(events, unfit, { machine: '2 cores' });
  expect(counts).toEqual({ passed, failed });
  expect(json).toEqual({ passed, failed, unfit, events, facts: { machine: '2 cores' } });
  expect(html).toContain(`<h1>${headline}</h1>\n${unfit ? '<p>It is busy.</p>' : ''}`);
});

test('an event shows each attempt with its noise and its first ten failures', () => {
  const noisy = { ...calm, problems: ['201 failed.'], noise: 'A backup ran.', noisySeconds: [2] };
  const { html } = written([{ ...drain, attempts: [noisy, { ...calm, load: null }] }]);
  for (const text of ['kept, attempt 2', '201 failed.', 'A backup ran.', 'Shaded'])
    expect(html).toContain(text);
  expect(html.match(/<td>a1</g)).toHaveLength(10);
  expect(html).not.toMatch(/undefined|NaN|\[object/);
  expect(html).not.toMatch(/src=|@import|url\(|<link|<script/); // it needs nothing beside itself
});

test('what came from elsewhere cannot become markup', () => {
  const evil = '"><script>';
  const failures = [{ ...failure, method: evil, target: evil, path: evil, id: evil, reason: evil }];
  const seen = { ...load, failures, marks: [{ at: 0, label: evil }] };
  const attempt = { ...calm, load: seen, problems: [evil], noise: evil, figures: { [evil]: evil } };
  const event = { ...drain, name: evil, group: evil, promise: evil, attempts: [attempt] };
  const { html } = written([event], evil, { [evil]: evil });
  expect(html).not.toContain('<script');
  expect(html.match(/&#34;&gt;&lt;script&gt;/g)).toHaveLength(16);
});

test('a timeline shows the failures, the noise, no latency where nothing was answered, and each mark in a row of its own', () => {
  const { columns, labels } = timeline(load, [2]);
  expect(columns[1]).toMatchObject({ p99: 100, ok: 99.5, failed: 3, isNoisy: false });
  expect(columns[2]).toMatchObject({ p99: 0, ok: 0, failed: 100, isNoisy: true });
  expect(labels.map(({ at, row }) => `${at} % in row ${row}`)).toEqual([
    '0 % in row 0',
    '2.5 % in row 1',
    '97.5 % in row 2',
  ]);
});

test('the line for the terminal says what was seen', () => {
  const seen = 'requests: 201 of 7,140 failed; p50: 9 ms; p99: 103 ms; worst five seconds: 210 ms';
  const failedOver = '7 refused, 0 broken on a new connection, 2 on a kept one';
  const line = `${seen}; longest: 1.95 s; failed over: ${failedOver}; took: 31 s; 42 s`;
  expect(eventLine(drain, 42.2)).toBe(`✓ Planned: Drain (${line})`);
  const broken = { ...drain, verdict: kind, attempts: [calm, { ...calm, load: null }] };
  expect(eventLine(broken, 9)).toBe('✗ Planned: Drain (took: 31 s; attempt 2; 9 s)');
});
