import type { Served } from './answer.ts';
import type { FailoverKind, Failure, LoadResult } from './load.ts';

const failuresKept = 50_000;
const secondsOfSlowest = 5;

/** Counts the answers of a load from now on. Times are as `performance.now()` gives them. */
export function countAnswers() {
  const [begin, began] = [performance.now(), Date.now()];
  const seconds: { latencies: number[]; ok: number; failed: number; late: number }[] = [];
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
    while (seconds.length <= second) seconds.push({ latencies: [], ok: 0, failed: 0, late: 0 });
    return seconds[second] ?? { latencies: [], ok: 0, failed: 0, late: 0 };
  }

  return {
    progress: () => ({ ok, failed, added: added.length }),

    sent(due: number): void {
      const second = secondOf(due);
      second.late = Math.max(second.late, performance.now() - due);
    },

    ok(due: number, { by, added: person }: Served): void {
      const now = performance.now();
      ok += 1;
      const second = secondOf(due);
      second.ok += 1;
      if (person) added.push({ ...person, at: sinceBegin(now), after: Math.round(now - due) });
      else second.latencies.push(now - due);
      for (const [service, { instance, version }] of Object.entries(by)) {
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

    /** All that was seen until `now`. */
    result(now: number): LoadResult {
      const latencies = seconds.map(second => second.latencies);
      return {
        ...{ began, requests: ok + failed, failed, duration: sinceBegin(now), failovers },
        ...percentiles(latencies.flat()),
        slowest: slowest(latencies),
        seconds: seconds.map(({ latencies, ok, failed, late }, second) => {
          return { second, ok, failed, late: Math.round(late), ...percentiles(latencies) };
        }),
        ...{ marks, failures, added, answeredBy, versions },
      };
    },
  };
}

function count(counts: Record<string, Record<string, number>>, service: string, name: string): void {
  counts[service] ??= {};
  counts[service][name] = (counts[service][name] ?? 0) + 1;
}

function slowest(seconds: number[][]): LoadResult['slowest'] {
  return seconds
    .slice(0, Math.max(1, seconds.length - secondsOfSlowest + 1))
    .map((_, second) => ({
      second,
      p99: percentiles(seconds.slice(second, second + secondsOfSlowest).flat()).p99,
    }))
    .reduce((one, other) => (other.p99 > one.p99 ? other : one), { second: 0, p99: 0 });
}

/** The median, the 99th percentile and the maximum, by nearest rank and to a tenth; 0 of nothing. */
export function percentiles(values: number[]) {
  const sorted = Float64Array.from(values).sort();
  const at = (percent: number) =>
    Math.round((sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0) * 10) / 10;
  return { p50: at(50), p99: at(99), max: at(100) };
}
