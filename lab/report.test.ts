import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { LoadResult } from './load.ts';
import { type Attempt, type ProvenEvent, writeReport } from './report.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'report-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const page = () => readFileSync(join(folder, 'report.html'), 'utf8');
const good: Attempt = { load: null, wentAsPlanned: true, problems: [], figures: {} };
const bad: Attempt = { ...good, problems: ['3 requests failed'] };

function event(over: Partial<ProvenEvent> = {}): ProvenEvent {
  return { name: 'Drain', group: 'Planned', promise: 'It holds.', attempts: [good], passed: true, ...over };
}

function load(over: Partial<LoadResult> = {}): LoadResult {
  const seconds = [200, 199, 0, 200].map((ok, second) => ({ second, ok, failed: 200 - ok, p50: 9, p99: 80 }));
  const failovers = { refused: 0, brokenNew: 0, brokenKept: 0 };
  const failure = { at: 1200, method: 'GET', target: 'http://172.30.77.11', path: '/', reason: 'reset' };
  return {
    ...{ requests: 800, failed: 201, failovers, p50: 9, p99: 80, max: 95, seconds, failures: [failure] },
    ...{ marks: [{ at: 1000, label: 'node3 is killed' }], added: [], answeredBy: {}, versions: {} },
    ...over,
  };
}

test('events that passed and those that failed are counted, in the page and in the JSON too', () => {
  const events = [event(), event({ passed: false, attempts: [bad, bad] }), event({ attempts: [bad, good] })];
  expect(writeReport(events, { machine: '2 cores' }, join(folder, 'new'))).toEqual({ passed: 2, failed: 1 });
  const report = JSON.parse(readFileSync(join(folder, 'new/report.json'), 'utf8'));
  expect(report).toEqual({ passed: 2, failed: 1, events, facts: { machine: '2 cores' } });
  expect(readFileSync(join(folder, 'new/report.html'), 'utf8')).toContain('1 of 3 promises is broken.');
});

describe('a negative control', () => {
  const lost: Attempt = { ...bad, load: load() };
  const written = (...attempts: Attempt[]) =>
    writeReport([event({ isNegative: true, passed: false, attempts })], {}, folder);

  test('is as it must be when requests failed in every attempt', () => {
    expect(written(lost, lost)).toEqual({ passed: 1, failed: 0 });
    expect(page()).toContain('failed, as it must');
  });

  test.each<[string, Attempt[]]>([
    ['nothing failed', [good]],
    ['requests failed in one attempt only', [{ ...good, load: load({ failed: 0 }) }, lost]],
    ['it failed for want of a load', [bad]],
    ['it failed with a load that lost nothing', [{ ...bad, load: load({ failed: 0 }) }]],
    ['requests failed, but not everything else went as planned', [{ ...lost, wentAsPlanned: false }]],
    ['it was never tried', []],
  ])('is not when %s', (_, attempts) => {
    expect(written(...attempts)).toEqual({ passed: 0, failed: 1 });
    expect(page()).toContain('did not fail as it must');
  });
});

test('requests that went to a second target are counted by what became of them at the first', () => {
  const failovers = { refused: 7, brokenNew: 0, brokenKept: 2 };
  writeReport([event({ attempts: [{ ...good, load: load({ failovers }) }] })], {}, folder);
  expect(page()).toContain('7 refused, 0 broken on a new connection, 2 on a kept one');
});

test('what came from elsewhere cannot become markup', () => {
  const evil = '<script>alert("1")</script>';
  const failures = [{ at: 1, method: 'GET', target: evil, path: evil, reason: evil }];
  const seen = { [evil]: { [evil]: 1 } };
  const marked = load({ failures, marks: [{ at: 0, label: evil }], answeredBy: seen, versions: seen });
  const attempt = { ...bad, load: marked, problems: [evil], figures: { [evil]: evil } };
  writeReport(
    [event({ name: evil, group: evil, promise: evil, attempts: [attempt] })],
    { [evil]: evil },
    folder,
  );
  expect(page()).not.toContain('<script');
  expect(page()).toContain('&#60;script&#62;');
});

test('the page needs nothing beside itself', () => {
  writeReport([event({ attempts: [{ ...good, load: load() }] })], {}, folder);
  const html = page().replaceAll('http://172.30.77.11', ''); // text of a failure, not a link
  expect(html).not.toMatch(/https?:|src=|@import|url\(|<link|<script/);
});

test('a timeline shows the marks, the failures and no latency where nothing was answered', () => {
  writeReport([event({ attempts: [{ ...good, load: load() }] })], {}, folder);
  const [wide = ''] = /<svg class="timeline wide".*?<\/svg>/s.exec(page()) ?? [];
  expect(wide).toContain('800 requests in 4 seconds, 201 failed, p99 80 ms');
  expect(wide).toContain('>node3 is killed</text>');
  expect(/class="failed" d="([^"]*)"/.exec(wide)?.[1]?.match(/M/g)).toHaveLength(2);
  expect(/class="p99" d="([^"]*)"/.exec(wide)?.[1]?.match(/M/g)).toHaveLength(2);
  expect(wide).not.toContain('NaN');
});
