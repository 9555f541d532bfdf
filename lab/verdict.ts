import type { Event, Finding } from './event.ts';
import type { Failure, LoadResult } from './load/load.ts';

/** One run of an event, with what it found beside its load and in it. */
export type Attempt = Finding & {
  load: LoadResult | null;
  /** Why what was wrong is not held against the promise: what others did meanwhile. Null where that is no excuse. */
  noise: string | null;
  /** The seconds of the load in which something outside the lab took the machine's time. */
  noisySeconds: number[];
};

/** A promise with all attempts to break it. */
export type ProvenEvent = Pick<Event, 'name' | 'group' | 'promise'> & {
  attempts: Attempt[];
  /** Whether it held at its last attempt. An event that never got a calm one is neither. */
  verdict: 'kept' | 'broken' | 'inconclusive';
};

/**
 * What the stack is like on this machine when nothing happens: the draws a second that its nodes carry, the highest 99th
 * percentile of five seconds under the load, and how late the calibrator usually is (both in ms).
 */
export type Calm = { carried: number; slowest: number; delay: number };

/**
 * Something that is wrong, and when in the load (ms since its start) it arose; where it is not known, at any time. The
 * logs say more where there is a `request`, by its id.
 */
export type Problem = { text: string; during?: [from: number, to: number][]; request?: string };

const slowestFactor = 3;
/**
 * A task that starts takes as much of the two cores on which all three nodes are as so many draws, and those that come
 * meanwhile wait for it, on a slow machine for longer; nowhere for longer than NGINX waits for a replica, in ms.
 */
const drawsOfAStart = 750;
const slowestAnywhereMs = 2500;
/** NGINX tries other replicas for so long, in ms: `proxy_next_upstream_timeout`. */
const nginxPatienceMs = 3000;
/** Where it is not known when a problem arose, it is excused only if so much of the time was noisy. */
const noisyShare = 1 / 3;

/** What is wrong with a load: failures that the promise does not allow, slowness, and a load that was not sent. */
export function problemsOf(
  load: LoadResult,
  { mayFail = () => false, slowestMs, slowestAddMs }: Pick<Event, 'mayFail' | 'slowestMs' | 'slowestAddMs'>,
  calm: Calm,
): Problem[] {
  const { requests, failed, slowest, max, seconds } = load;
  const problems: Problem[] = [];
  const unexpected = load.failures.filter(failure => !mayFail(failure));
  const [first] = unexpected;
  const last = Math.max(...unexpected.map(({ at }) => at));
  if (first)
    problems.push({
      text: `${unexpected.length} of ${requests} requests failed, until ${(last / 1000).toFixed(1)} s, the first: ${sentence(first)}`,
      request: first.id,
      during: unexpected.map(({ at, after }) => [at - 1000, at + after + 1000]),
    });
  if (failed > load.failures.length)
    problems.push({ text: 'more requests failed than are kept to be judged' });
  const waiting = Math.min(slowestAnywhereMs, (1000 * drawsOfAStart) / calm.carried);
  const limit = slowestMs ?? Math.max(waiting, slowestFactor * calm.slowest);
  if (slowest.p99 > limit)
    problems.push({
      text: `in the worst five seconds the 99th percentile was ${Math.round(slowest.p99)} ms, more than ${Math.round(limit)}`,
      during: [[slowest.second * 1000, (slowest.second + 5) * 1000]],
    });
  const patience = Math.max(nginxPatienceMs, slowestMs ?? 0);
  if (max > patience)
    problems.push({
      text: `an answer took ${Math.round(max)} ms, longer than NGINX tries`,
      during: seconds
        .filter(({ max }) => max > patience)
        .map(({ second }) => [second * 1000, second * 1000 + max]),
    });
  const addPatience = slowestAddMs ?? patience;
  const lateAdds = load.added.filter(({ after }) => after > addPatience);
  if (lateAdds.length > 0)
    problems.push({
      text: `${lateAdds.length} adds took more than ${addPatience} ms`,
      during: lateAdds.map(({ at, after }) => [at - after, at]),
    });
  return problems;
}

/** Whether what was wrong may be the noise's fault: each problem, and each failure in it, fell into a noisy second. */
export function isExcused(problems: Problem[], noisySeconds: number[], seconds: number): boolean {
  const isNoisy = ([from, to]: [number, number]) =>
    noisySeconds.some(second => (second + 1) * 1000 > from && second * 1000 < to);
  return problems.every(({ during }) =>
    during ? during.every(isNoisy) : noisySeconds.length > noisyShare * seconds,
  );
}

function sentence({ at, method, target, path, reason, id }: Failure): string {
  return `${method} ${target}${path} after ${(at / 1000).toFixed(1)} s: ${reason} (request ${id})`;
}
