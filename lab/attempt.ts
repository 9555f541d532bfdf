import type { Event, Finding } from './event.ts';
import type { Load, LoadOptions, LoadResult } from './load/load.ts';
import { isNoisy, noiseText, type Watch } from './noise.ts';
import { type Attempt, type Calm, isExcused, type Problem, type ProvenEvent, problemsOf } from './verdict.ts';

type UsualLoad = Required<Pick<LoadOptions, 'targets' | 'perSecond' | 'postsPerSecond'>>;

/** Whom an event needs: the usual load and how to start one, who watches the machine, and what calm is like. */
export type Stage = {
  usual: UsualLoad;
  startLoad(options: LoadOptions): Promise<Load>;
  watch: Watch;
  /** What the stack has logged of a request. */
  logsOf(request: string): Promise<string>;
  calm: Calm;
  /** Whether an event may happen once more because of noise; each time that it says yes is counted. */
  mayRepeat(event: Event, attempt: Attempt): boolean;
};

/**
 * Lets an event happen under load and judges it. What failed in calm is final at once. What failed only while others had
 * the machine proves nothing either way, so the event happens again, as long as the run has repetitions left.
 */
export async function proveEvent(event: Event, stage: Stage): Promise<ProvenEvent> {
  const { name, group, promise } = event;
  const attempts: Attempt[] = [];
  while (true) {
    const attempt = await attemptEvent(event, stage);
    attempts.push(attempt);
    const proven = { name, group, promise, attempts };
    if (attempt.problems.length === 0) return { ...proven, verdict: 'kept' };
    if (attempt.noise === null) return { ...proven, verdict: 'broken' };
    if (!stage.mayRepeat(event, attempt)) return { ...proven, verdict: 'inconclusive' };
  }
}

async function attemptEvent(
  event: Event,
  { usual, startLoad, logsOf, watch, calm }: Stage,
): Promise<Attempt> {
  const problems: Problem[] = [];
  const disturb = (texts: string[]) => problems.push(...texts.map(text => ({ text })));
  let result: LoadResult | null = null;
  let figures: Finding['figures'] = {};
  try {
    await event.prepare?.();
    const options = loadOf(event, usual);
    const load = event.load === null ? null : await startLoad(options);
    const finding = await event.happen(load ?? noLoad).catch(asProblem);
    figures = finding.figures;
    disturb(finding.problems);
    const stopped = Date.now();
    if (load) {
      result = await load.stop();
      problems.push(...problemsOf(result, event, calm));
      disturb(unsent(result, options, stopped));
      disturb((await event.check?.(result)) ?? []);
    }
  } catch (error) {
    disturb(asProblem(error).problems);
  }
  for (const problem of problems)
    if (problem.request) problem.text += `\n${await logsOf(problem.request).catch(String)}`;
  await event.restore?.().catch(error => disturb([`could not be put right: ${asProblem(error).problems}`]));
  const { noise, noisySeconds } = result ? await noiseOf(result, problems, watch, calm) : noNoise;
  return { load: result, problems: problems.map(({ text }) => text), noise, figures, noisySeconds };
}

/** The usual load but for what the event wants otherwise; never more of it than this machine can carry. */
function loadOf({ load }: Event, usual: UsualLoad): LoadOptions & UsualLoad {
  const perSecond = Math.min(usual.perSecond, load?.perSecond ?? usual.perSecond);
  return { ...usual, ...load, perSecond };
}

/** A load that was not sent as it should have been shows nothing, so it is reckoned anew. `stopped`: ms since 1970. */
function unsent({ began, requests }: LoadResult, options: UsualLoad, stopped: number): string[] {
  const due = ((options.perSecond + options.postsPerSecond) * (stopped - began)) / 1000;
  const isSent = Math.abs(requests - due) <= 5 + due / 50;
  return isSent ? [] : [`the load sent ${requests} of ${Math.round(due)} requests`];
}

const noNoise = { noise: null, noisySeconds: [] };

async function noiseOf(load: LoadResult, problems: Problem[], watch: Watch, { delay }: Calm) {
  const seconds = await watch.between(load.began, load.began + load.duration);
  const noisy = seconds.filter(second => isNoisy(second, delay));
  const noisySeconds = noisy.map(({ at }) => Math.max(0, Math.floor((at - 1000 - load.began) / 1000)));
  const isNoise = problems.length > 0 && isExcused(problems, noisySeconds, seconds.length);
  return { noise: isNoise ? noiseText(seconds, delay) : null, noisySeconds };
}

function asProblem(error: unknown): Finding {
  const reasons: string[] = [];
  for (let reason = error; reason instanceof Error; reason = reason.cause) reasons.push(reason.message);
  return { problems: [reasons.join(' ') || String(error)], figures: {} };
}

const noLoad: Load = {
  mark() {},
  avoid() {},
  use() {},
  progress: () => Promise.reject(new Error('There is no load.')),
  stop: () => Promise.reject(new Error('There is no load.')),
};
