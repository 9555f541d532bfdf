import type { FailoverKind, LoadResult } from './load.ts';
import type { Served } from './load-answer.ts';

type Failure = LoadResult['failures'][number];

const failuresKept = 50;

/** Counts the answers of a load from now on. Times are as `performance.now()` gives them. */
export function countAnswers() {
  const begin = performance.now();
  const seconds: { latencies: number[]; failed: number }[] = [];
  const marks: LoadResult['marks'] = [];
  const failures: Failure[] = [];
  const added: LoadResult['added'] = [];
  const answeredBy: LoadResult['answeredBy'] = {};
  const versions: LoadResult['versions'] = {};
  const failovers = { refused: 0, brokenNew: 0, brokenKept: 0 };
  let requests = 0;

  // An answer belongs to the second in which its request was due.
  function secondOf(due: number) {
    requests += 1;
    const second = Math.floor((due - begin) / 1000);
    while (seconds.length <= second) seconds.push({ latencies: [], failed: 0 });
    return seconds[second] ?? { latencies: [], failed: 0 };
  }

  return {
    requests: () => requests,

    ok(due: number, served: Served): void {
      secondOf(due).latencies.push(performance.now() - due);
      if (served.added) added.push(served.added);
      for (const [service, { instance, version }] of Object.entries(served.by)) {
        count(answeredBy, service, instance);
        count(versions, service, version);
      }
    },

    failed(due: number, failure: Omit<Failure, 'at'>): void {
      secondOf(due).failed += 1;
      if (failures.length < failuresKept) failures.push({ at: Math.round(due - begin), ...failure });
    },

    failedOver(kind: FailoverKind): void {
      failovers[kind] += 1;
    },

    mark(label: string): void {
      marks.push({ at: Math.round(performance.now() - begin), label });
    },

    result(): LoadResult {
      const latencies = seconds.flatMap(second => second.latencies).sort(ascending);
      return {
        requests,
        failed: requests - latencies.length,
        failovers,
        p50: percentile(latencies, 50),
        p99: percentile(latencies, 99),
        max: percentile(latencies, 100),
        seconds: seconds.map(({ latencies, failed }, second) => {
          const sorted = latencies.sort(ascending);
          return {
            second,
            ok: sorted.length,
            failed,
            p50: percentile(sorted, 50),
            p99: percentile(sorted, 99),
          };
        }),
        marks,
        failures,
        added,
        answeredBy,
        versions,
      };
    },
  };
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
