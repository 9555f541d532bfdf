import type { Served } from './answer.ts';
import type { FailoverKind, Failure, LoadResult } from './load.ts';

const failuresKept = 5000;
const slowestOf = 5;

/** Counts the answers of a load from now on. Times are as `performance.now()` gives them. */
export function countAnswers() {
  const begin = performance.now();
  const seconds: { latencies: number[]; failed: number; late: number }[] = [];
  const marks: LoadResult['marks'] = [];
  const failures: Failure[] = [];
  const added: LoadResult['added'] = [];
  const answeredBy: LoadResult['answeredBy'] = {};
  const versions: LoadResult['versions'] = {};
  const failovers = { refused: 0, brokenNew: 0, brokenKept: 0 };
  let ok = 0;
  let failed = 0;

  const sinceBegin = (time: number) => Math.round(time - begin);

  // A request belongs to the second in which it was due.
  function secondOf(due: number) {
    const second = Math.floor((due - begin) / 1000);
    while (seconds.length <= second) seconds.push({ latencies: [], failed: 0, late: 0 });
    return seconds[second] ?? { latencies: [], failed: 0, late: 0 };
  }

  return {
    answered: () => ok + failed,
    progress: () => ({ ok, added: added.length }),

    sent(due: number): void {
      const second = secondOf(due);
      second.late = Math.max(second.late, performance.now() - due);
    },

    ok(due: number, served: Served): void {
      ok += 1;
      const now = performance.now();
      secondOf(due).latencies.push(now - due);
      if (served.added) added.push({ ...served.added, at: sinceBegin(now) });
      for (const [service, { instance, version }] of Object.entries(served.by)) {
        count(answeredBy, service, instance);
        count(versions, service, version);
      }
    },

    failed(due: number, failure: Omit<Failure, 'at' | 'after'>): void {
      failed += 1;
      secondOf(due).failed += 1;
      const after = Math.round(performance.now() - due);
      if (failures.length < failuresKept) failures.push({ at: sinceBegin(due), after, ...failure });
    },

    failedOver(kind: FailoverKind): void {
      failovers[kind] += 1;
    },

    mark(label: string): void {
      marks.push({ at: sinceBegin(performance.now()), label });
    },

    /** What was seen; how much was due, and for how long, only the sender knows. */
    result(sent: Pick<LoadResult, 'due' | 'duration'>): LoadResult {
      for (const { latencies } of seconds) latencies.sort(ascending);
      const latencies = seconds.flatMap(second => second.latencies).sort(ascending);
      return {
        requests: ok + failed,
        failed,
        ...sent,
        failovers,
        p50: percentile(latencies, 50),
        p99: percentile(latencies, 99),
        max: percentile(latencies, 100),
        slowest: slowest(seconds.map(second => second.latencies)),
        seconds: seconds.map(({ latencies, failed, late }, second) => ({
          second,
          ok: latencies.length,
          failed,
          late: Math.round(late),
          p50: percentile(latencies, 50),
          p99: percentile(latencies, 99),
        })),
        marks,
        failures,
        added,
        answeredBy,
        versions,
      };
    },
  };
}

function slowest(seconds: number[][]): LoadResult['slowest'] {
  const firsts = Math.max(1, seconds.length - slowestOf + 1);
  return Array.from({ length: firsts }, (_, second) => {
    const latencies = seconds.slice(second, second + slowestOf).flat();
    return { second, p99: percentile(latencies.sort(ascending), 99) };
  }).reduce((one, other) => (other.p99 > one.p99 ? other : one));
}

function count(counts: Record<string, Record<string, number>>, service: string, name: string): void {
  const ofService = counts[service] ?? {};
  counts[service] = ofService;
  ofService[name] = (ofService[name] ?? 0) + 1;
}

function ascending(one: number, other: number): number {
  return one - other;
}

// By nearest rank, to a tenth of a millisecond; 0 of nothing.
function percentile(sorted: number[], percent: number): number {
  const value = sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0;
  return Math.round(value * 10) / 10;
}
