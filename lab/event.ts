import type { Load, LoadOptions, LoadResult } from './load.ts';
import type { Attempt, ProvenEvent } from './report.ts';

/** What an event found beside its load: what is wrong (nothing: it is proven), and figures worth reading. */
export type Finding = { problems: string[]; figures: Record<string, string> };

/** Something that happens to the stack while people use it, and the promise that it must not break. */
export type Event = {
  name: string;
  group: string;
  /** The promise, a sentence. */
  promise: string;
  /** What the load differs in from the usual; null for an event that needs no load. */
  load?: Partial<LoadOptions> | null;
  /** How many requests may fail, and the highest 99th percentile in milliseconds; 0 and 1000 unless it says so. */
  allowed?: { failed?: number; p99?: number };
  /** A control: with something taken away the same proof must fail, every time. */
  isNegative?: boolean;
  /** What has to be so before the load begins. */
  prepare?(): Promise<void>;
  /** Lets it happen. What it throws is a problem too. */
  happen(load: Load): Promise<Finding>;
  /** Looks at the load's result when it is over, and gives what is wrong with it. */
  check?(result: LoadResult): Promise<string[]>;
  /** Puts everything back, whatever happened. */
  restore?(): Promise<void>;
};

const usualLoad = { perSecond: 150, postsPerSecond: 2, failover: false, timeoutMs: 5000 };

/** Whom an event needs: how to start a load, and where to send it. */
export type Stage = { targets: string[]; startLoad(options: LoadOptions): Promise<Load> };

/**
 * Lets an event happen under load and judges it. These machines are noisy: one that fails happens once more, and both
 * attempts stand in the report. A control gets one attempt, for it must fail every time.
 */
export async function proveEvent(
  event: Event,
  stage: Stage,
  say: (line: string) => void,
): Promise<ProvenEvent> {
  const attempts: Attempt[] = [];
  for (let triesLeft = event.isNegative ? 1 : 2; triesLeft > 0; triesLeft -= 1) {
    const attempt = await attemptEvent(event, stage);
    attempts.push(attempt);
    if (attempt.problems.length === 0) break;
    if (!event.isNegative) for (const problem of attempt.problems) say(`  ${problem}`);
  }
  const held = attempts.at(-1)?.problems.length === 0;
  const { name, group, promise, isNegative = false } = event;
  return { name, group, promise, isNegative, attempts, passed: held };
}

async function attemptEvent(event: Event, { targets, startLoad }: Stage): Promise<Attempt> {
  try {
    await event.prepare?.();
    const load = event.load === null ? null : await startLoad({ ...usualLoad, targets, ...event.load });
    const finding = await event.happen(load ?? noLoad).catch(asProblem);
    const result = load ? await load.stop() : null;
    if (result) finding.problems.push(...judge(result, event), ...((await event.check?.(result)) ?? []));
    return { load: result, ...finding };
  } catch (error) {
    return { load: null, ...asProblem(error) };
  } finally {
    await event.restore?.();
  }
}

function asProblem(error: unknown): Finding {
  const reasons: string[] = [];
  for (let reason = error; reason instanceof Error; reason = reason.cause) reasons.push(reason.message);
  return { problems: [reasons.join(' ') || String(error)], figures: {} };
}

function judge({ requests, failed, p99, failures }: LoadResult, { allowed }: Event): string[] {
  const problems: string[] = [];
  const first = failures[0];
  if (failed > (allowed?.failed ?? 0)) {
    problems.push(
      `${failed} of ${requests} requests failed, the first: ${first?.method} ${first?.target}${first?.path} ${first?.reason}`,
    );
  }
  if (p99 > (allowed?.p99 ?? 1000)) problems.push(`the 99th percentile was ${Math.round(p99)} ms`);
  return problems;
}

const noLoad: Load = {
  mark() {},
  avoid() {},
  use() {},
  stop: () => Promise.reject(new Error('There is no load.')),
};
