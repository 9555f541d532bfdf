import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs from 'ejs';
import type { LoadResult } from '../load/load.ts';
import type { Attempt, ProvenEvent } from '../verdict.ts';

type Figures = Record<string, string>;
type Counts = { passed: number; failed: number };

const count = (number: number) => number.toLocaleString('en');
const milliseconds = (time: number) =>
  time < 1000 ? `${Math.round(time)} ms` : `${Number((time / 1000).toFixed(2))} s`;
const lost = ({ failed, requests }: LoadResult) => `${count(failed)} of ${count(requests)} failed`;
const shown = { count, milliseconds, lost, figuresOf, timeline };
const template = readFileSync(new URL('report.ejs', import.meta.url), 'utf8');
const page = ejs.compile(template, { strict: true, localsName: 'report' });

/**
 * Writes report.json and report.html, which needs nothing beside itself. What is inconclusive counts neither as passed
 * nor as failed; `unfit`, a sentence, says why the machine could not tell.
 */
export function writeReport(events: ProvenEvent[], facts: Figures, folder: string, unfit?: string): Counts {
  const having = (verdict: string) => events.filter(event => event.verdict === verdict).length;
  const counts = { passed: having('kept'), failed: having('broken') };
  const report = { ...counts, unfit, events, facts };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  const [title, tone] = headline(counts, events.length, unfit);
  writeFileSync(join(folder, 'report.html'), page({ ...report, ...shown, title, tone }));
  return counts;
}

/** The line for the terminal about an event that took so many seconds, with all its attempts. */
export function eventLine({ verdict, group, name, attempts }: ProvenEvent, seconds: number): string {
  const figures = attempts.slice(-1).flatMap(last => Object.entries(figuresOf(last)));
  const parts = figures.map(([what, figure]) => `${what}: ${figure}`);
  if (attempts.length > 1) parts.push(`attempt ${attempts.length}`);
  const mark = { kept: '✓', broken: '✗', inconclusive: '?' }[verdict];
  return `${mark} ${group}: ${name} (${[...parts, `${Math.round(seconds)} s`].join('; ')})`;
}

function headline({ passed, failed }: Counts, all: number, unfit?: string): [string, ProvenEvent['verdict']] {
  const some = (number: number) => `${number} of ${all} promises ${number === 1 ? 'is' : 'are'}`;
  if (failed > 0) return [`${some(failed)} broken.`, 'broken'];
  if (passed === all && unfit === undefined) return [`All ${all} promises are kept.`, 'kept'];
  return [`${some(passed)} kept, no more is known.`, 'inconclusive'];
}

function figuresOf({ load, figures }: Attempt): Figures {
  if (load === null) return figures;
  const { refused, brokenNew, brokenKept } = load.failovers;
  const broken = `${count(brokenNew)} broken on a new connection, ${count(brokenKept)} on a kept one`;
  return {
    requests: lost(load),
    p50: milliseconds(load.p50),
    p99: milliseconds(load.p99),
    'worst five seconds': milliseconds(load.slowest.p99),
    longest: milliseconds(load.max),
    ...(refused + brokenNew + brokenKept > 0 && { 'failed over': `${count(refused)} refused, ${broken}` }),
    ...figures,
  };
}

/**
 * Where everything stands in the drawing of a load, in percent of its size: a column for each second, with latencies above
 * and requests below, and the marks, in the next row each, so that those that are near each other can all be read.
 */
export function timeline({ seconds, marks }: LoadResult, noisySeconds: number[]) {
  const most = {
    latency: Math.max(50, ...seconds.map(({ p99 }) => p99)),
    requests: Math.max(10, ...seconds.map(({ ok, failed }) => ok + failed)),
  };
  return {
    most,
    columns: seconds.map(({ second, ok, failed, p50, p99 }) => ({
      title: `second ${second}: ${ok} ok, ${failed} failed, p50 ${p50} ms, p99 ${p99} ms`,
      isNoisy: noisySeconds.includes(second),
      p50: share(p50, most.latency),
      p99: share(p99, most.latency),
      ok: share(ok, most.requests),
      // One failure in 200 has to be seen.
      failed: failed > 0 ? Math.max(3, share(failed, most.requests)) : 0,
    })),
    labels: marks.map(({ at, label }, index) => ({
      label: `${label}, ${(at / 1000).toFixed(1)} s`,
      at: Math.min(100, share(at, 1000 * seconds.length)),
      row: index % 6, // so many have room
    })),
  };
}

function share(part: number, whole: number): number {
  return Math.round((1000 * part) / Math.max(1, whole)) / 10;
}
