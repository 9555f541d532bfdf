import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs from 'ejs';
import type { LoadResult } from '../load/load.ts';
import type { Attempt, ProvenEvent } from '../verdict.ts';
import { timeline } from './timeline.ts';

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
  const { load = null, figures = {} } = attempts.at(-1) ?? {};
  const named = Object.entries({ ...failovers(load), ...figures });
  const parts = named.map(([what, figure]) => `${what}: ${figure}`);
  if (load) {
    const [p99, worst] = [load.p99, load.slowest.p99].map(milliseconds);
    parts.unshift(`${lost(load)}, p99 ${p99}, worst five seconds ${worst}`);
  }
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
  const [p50 = '', p99 = '', longest = ''] = [load.p50, load.p99, load.max].map(milliseconds);
  const times = { p50, p99, 'worst five seconds': milliseconds(load.slowest.p99), longest };
  return { requests: lost(load), ...times, ...failovers(load), ...figures };
}

function failovers(load: LoadResult | null): Figures {
  const { refused = 0, brokenNew = 0, brokenKept = 0 } = load?.failovers ?? {};
  if (refused + brokenNew + brokenKept === 0) return {};
  const broken = `${count(brokenNew)} broken on a new connection, ${count(brokenKept)} on a kept one`;
  return { 'failed over': `${count(refused)} refused, ${broken}` };
}
