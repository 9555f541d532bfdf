import { setTimeout as pause } from 'node:timers/promises';
import type { Finding } from '../event.ts';
import { type Failure, goodPerSecond, type LoadOptions, type LoadResult, loadFor } from './load.ts';
import { lostOf } from './lost.ts';
import { percentiles } from './tally.ts';

/** What is offered, and the least that is answered well, in parts of the peak. */
const steps = [
  { offered: 1.5, good: 0.75 },
  { offered: 2, good: 0.65 },
  { offered: 3, good: 0.5 },
];
const stepSeconds = 15;
const recoveryMs = 2000;
const slowestFactor = 3;
/** Nobody is slow who waits for as long as so many draws take at the peak: a slower machine takes longer for them. */
const drawsAhead = 225;
/** A load that sends so much later than was due, in half of its seconds, is not the one that was meant (ms). */
const lateMs = 100;

/**
 * Finds the peak, the highest rate of which 99 % is answered well, and offers more than that: pages, JSON and some added
 * people, half on new connections. A machine has others to serve too: how long answers take is compared with half the
 * peak just before and just after, by the 99th percentiles of the middle second, and a step that goes wrong is taken once
 * more, by the peak that there is then. A step in which the load itself was late shows nothing; where the first two do
 * not, the machine is said to be unfit, which is a problem too. What comes within `soonMs` is never too slow: where half
 * the peak takes some milliseconds, three times that is nothing. On a machine full of nodes the load has to be
 * `isFirst`, or it is late.
 */
export async function overload(options: LoadOptions, soonMs = 250): Promise<Finding> {
  const problems: string[] = [];
  const figures: Record<string, string> = {};
  const added: LoadResult['added'] = [];

  async function offer(name: string, perSecond: number, seconds: number): Promise<LoadResult> {
    const result = await offered(options, perSecond, seconds);
    figures[name] = textOf(result);
    added.push(...result.added);
    return result;
  }

  /** What is wrong when so much of the peak is offered; null where the load was late. */
  async function step(peak: number, share: number, good: number, attempt = ''): Promise<string[] | null> {
    const before = await offer(`half the peak before ${share} times${attempt}`, peak / 2, 3);
    const result = await offer(`${share} times the peak${attempt}`, share * peak, stepSeconds);
    await pause(recoveryMs);
    const after = await offer(`half the peak after ${share} times${attempt}`, peak / 2, 3);
    if (isLate(result)) return null;
    const at = (problem: string) => `At ${share} times the peak of ${Math.round(peak)}/s ${problem}.`;
    problems.push(...reasonsOf(result).map(at)); // on no machine may that be
    const usualMs = Math.max(goodMs(before), goodMs(after));
    const mostGoodMs = Math.max(soonMs, (1000 * drawsAhead) / peak, slowestFactor * usualMs);
    const slow = slownessOf(result, good * peak, mostGoodMs, usualMs);
    return [...slow, ...failuresOf(after, before)].map(at);
  }

  async function findPeak(): Promise<number> {
    const peak = await peakOf(options);
    figures['the peak'] = [figures['the peak'] ?? [], `${Math.round(peak)} requests a second`]
      .flat()
      .join(', then ');
    return peak;
  }

  let peak = await findPeak();
  const late: boolean[] = [];
  for (const { offered, good } of steps) {
    const first = await step(peak, offered, good);
    late.push(!first);
    if (!first || first.length === 0) continue;
    peak = await findPeak();
    problems.push(...((await step(peak, offered, good, ', again')) ?? first));
  }
  if (late[0] && late[1]) problems.push('This machine is unfit: the load itself was late.');
  return { problems: [...problems, ...(await lostOf(options.targets[0], added))], figures };
}

/** The highest rate of which 99 % is answered well, in requests a second. */
async function peakOf(options: LoadOptions): Promise<number> {
  let rate = 0.6 * goodPerSecond(await loadFor(6, { ...options, clients: 24 }));
  let peak = 0;
  for (let left = 12; left > 0; left -= 1) {
    let result = await offered(options, rate, 3);
    if (isBeyond(result)) result = await offered(options, rate, 3); // once more, for others have their moments too
    if (isBeyond(result) && peak > 0) break;
    if (!isBeyond(result)) peak = goodPerSecond(result);
    rate *= peak > 0 ? 1.15 : 0.8;
  }
  return peak || rate / 2;
}

function isBeyond({ requests, failed }: LoadResult): boolean {
  return failed > requests / 100;
}

function offered(options: LoadOptions, perSecond: number, seconds: number): Promise<LoadResult> {
  return loadFor(seconds, { ...options, perSecond, postsPerSecond: 5 });
}

function slownessOf(result: LoadResult, leastGood: number, mostGoodMs: number, usualMs: number): string[] {
  const good = goodPerSecond(result);
  const refusedMs = refusalMs(result);
  const overdue = result.failures.filter(failure => failure.kind !== 'busy' && !isBroken(failure)).length;
  const isWrong: [boolean, string][] = [
    [good < leastGood, `${Math.round(good)} a second were answered well, not ${Math.round(leastGood)}`],
    [
      result.p99 > Math.max(1600, 2 * mostGoodMs) || goodMs(result) > mostGoodMs,
      `these took ${goodMs(result)} ms at the 99th percentile, at half of it ${usualMs}`,
    ],
    [refusedMs > mostGoodMs, `what was refused was refused after ${refusedMs} ms`],
    [overdue > result.requests / 100, `${overdue} of ${result.requests} used up their time`],
  ];
  return isWrong.filter(([wrong]) => wrong).map(([, sentence]) => sentence);
}

/** Why requests broke, each reason once. */
function reasonsOf({ failures }: LoadResult): string[] {
  const reasons = failures.filter(isBroken).map(({ reason }) => reason);
  return [...new Set(reasons)].map(reason => `what was not refused failed: ${reason}`);
}

/** Whether it is nobody's being slow: neither a part that was too late for a draw, nor the whole answer. */
function isBroken({ kind, status }: Failure): boolean {
  return kind !== 'late' && status !== 503;
}

/** Failures at half the peak, if there are more than there were before. */
function failuresOf(after: LoadResult, before: LoadResult): string[] {
  if (after.failed / after.requests <= before.failed / before.requests) return [];
  return [`${after.failed} failed two seconds later: ${after.failures[0]?.reason}`];
}

function textOf(result: LoadResult): string {
  const refused = refusalsOf(result).length;
  return [
    `${Math.round(goodPerSecond(result))}/s good, p50 ${result.p50} ms, p99 ${goodMs(result)} ms (of all ${result.p99})`,
    `${refused} refused, p99 ${refusalMs(result)} ms`,
    `${result.failed - refused} broken${isLate(result) ? ', the load was late' : ''}`,
  ].join('; ');
}

function refusalsOf({ failures }: LoadResult): Failure[] {
  return failures.filter(({ kind }) => kind === 'busy');
}

/** The 99th percentile of how long good answers took, in the middle second. */
function goodMs({ seconds }: LoadResult): number {
  return percentiles(seconds.map(({ p99 }) => p99)).p50;
}

/** The 99th percentile of how long refusals took, in the middle one of the seconds that had some. */
function refusalMs(result: LoadResult): number {
  const bySecond = Map.groupBy(refusalsOf(result), ({ at }) => Math.floor(at / 1000)).values();
  const slow = [...bySecond].map(refusals => percentiles(refusals.map(({ after }) => after)).p99);
  return percentiles(slow).p50;
}

function isLate({ seconds }: LoadResult): boolean {
  return seconds.filter(({ late }) => late > lateMs).length > seconds.length / 2;
}
