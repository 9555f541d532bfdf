import type { LoadResult } from '../load/load.ts';

const rows = 6;

/**
 * Where everything stands in the drawing of a load, in percent of its size: a column for each second, with latencies above
 * and requests below, and the marks, in the next row each, so that those that are near each other can all be read.
 */
export function timeline({ seconds, marks }: LoadResult, noisySeconds: number[]) {
  const most = {
    latency: Math.max(50, ...seconds.map(({ p99 }) => p99)),
    requests: Math.max(10, ...seconds.map(({ ok, failed }) => ok + failed)),
  };
  return {
    most,
    columns: seconds.map(({ second, ok, failed, p50, p99 }) => ({
      title: `second ${second}: ${ok} ok, ${failed} failed, p50 ${p50} ms, p99 ${p99} ms`,
      isNoisy: noisySeconds.includes(second),
      p50: share(p50, most.latency),
      p99: share(p99, most.latency),
      ok: share(ok, most.requests),
      // One failure in 200 has to be seen.
      failed: failed > 0 ? Math.max(3, share(failed, most.requests)) : 0,
    })),
    labels: marks.map(({ at, label }, index) => ({
      label: `${label}, ${(at / 1000).toFixed(1)} s`,
      at: Math.min(100, share(at, 1000 * seconds.length)),
      row: index % rows,
    })),
  };
}

function share(part: number, whole: number): number {
  return Math.round((1000 * part) / Math.max(1, whole)) / 10;
}
