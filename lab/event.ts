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
  /** A control: with something taken away requests must fail, every time, and nothing else may be wrong. */
  isNegative?: boolean;
  /** What has to be so before the load begins. */
  prepare?(): Promise<void>;
  /** Lets it happen. What it throws is a problem too. */
  happen(load: Load): Promise<Finding>;
  /** Looks at the load's result when it is over, and gives what is wrong with it. */
  check?(result: LoadResult): Promise<string[]>;
  /** Puts everything right, whatever happened; cheap when all is well. What it throws is a problem too. */
  restore?(): Promise<void>;
};

const usualLoad = { perSecond: 150, postsPerSecond: 2, failover: false, timeoutMs: 5000 };

/** Whom an event needs: how to start a load, where to send it, and how to wait until the machine is quiet. */
export type Stage = {
  targets: string[];
  startLoad(options: LoadOptions): Promise<Load>;
  untilQuiet(targets: string[]): Promise<void>;
};

/**
 * Lets an event happen under load and judges it. These machines are noisy: one that fails happens once more, when the
 * machine is quiet, and both attempts stand in the report. A control gets one attempt, for it must fail every time.
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
    for (const problem of event.isNegative ? [] : attempt.problems) say(`  ${problem}`);
    if (triesLeft > 1 && event.load !== null) await stage.untilQuiet(stage.targets);
  }
  const held = attempts.at(-1)?.problems.length === 0;
  const { name, group, promise, isNegative = false } = event;
  return { name, group, promise, isNegative, attempts, passed: held };
}

async function attemptEvent(event: Event, { targets, startLoad }: Stage): Promise<Attempt> {
  const attempt: Attempt = { load: null, wentAsPlanned: true, problems: [], figures: {} };
  const disturb = (problems: string[]) => {
    if (problems.length > 0) attempt.wentAsPlanned = false;
    attempt.problems.push(...problems);
  };
  try {
    await event.prepare?.();
    const load = event.load === null ? null : await startLoad({ ...usualLoad, targets, ...event.load });
    const { problems, figures } = await event.happen(load ?? noLoad).catch(asProblem);
    attempt.figures = figures;
    disturb(problems);
    if (load) attempt.load = await load.stop();
    if (attempt.load) attempt.problems.push(...judge(attempt.load, event));
    if (attempt.load && event.check) disturb(await event.check(attempt.load));
  } catch (error) {
    disturb(asProblem(error).problems);
  }
  await event.restore?.().catch(error => disturb([`could not be put right: ${asProblem(error).problems}`]));
  return attempt;
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
