import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadResult } from './load.ts';
import { isAsItMustBe } from './report-event.ts';
import { reportPage } from './report-page.ts';

/** One run of a proof. */
export type Attempt = {
  load: LoadResult | null;
  /** Whether nothing was wrong beside the failed requests and the latency of the load. */
  wentAsPlanned: boolean;
  /** All that was wrong; nothing: it passed. */
  problems: string[];
  /** What was measured, like 'back after': '6.2 s'. */
  figures: Record<string, string>;
};

/** A proof with all its attempts. */
export type ProvenEvent = {
  name: string;
  /** The heading under which the report shows it. */
  group: string;
  /** What must hold, as a sentence. */
  promise: string;
  attempts: Attempt[];
  /** Whether the promise held; of a control too, for which true is bad. */
  passed: boolean;
  /** A control: it breaks something on purpose, so requests must fail each time, or the proof proves nothing. */
  isNegative?: boolean;
};

/** Writes report.json and report.html, which needs nothing beside itself, and counts the events. */
export function writeReport(
  events: ProvenEvent[],
  facts: Record<string, string>,
  folder: string,
): { passed: number; failed: number } {
  const passed = events.filter(isAsItMustBe).length;
  const counts = { passed, failed: events.length - passed };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify({ ...counts, events, facts }, null, 2)}\n`);
  writeFileSync(join(folder, 'report.html'), reportPage(events, facts));
  return counts;
}
