import { rounded } from '@motorpool/service/rounded.ts';

/** What a replica has counted since it started, of what it was asked for by others than those who look at it. */
export type Counts = {
  /** In milliseconds since 1970. */
  startedAt: number;
  refused: number;
  /** How many requests took so many seconds at most; the last bound is Infinity, and so has all of them. */
  upTo: Map<number, number>;
};

/** What a replica did between two looks at it; null where it is not known. */
export type Figures = {
  requestsPerSecond: number | null;
  p99Milliseconds: number | null;
  refusedPerSecond: number | null;
};

/** What a replica has counted when it starts. */
export const noCounts: Counts = { startedAt: 0, refused: 0, upTo: new Map() };

/** Nothing is known. */
export const noFigures: Figures = { requestsPerSecond: null, p99Milliseconds: null, refusedPerSecond: null };

const line = /^(\w+_bucket|http_requests_refused_total|process_start_time_seconds)(?:\{(.*)\})? (\S+)$/gm;
const looking = /route="\/(health|ready|metrics|fleet)"/;

/** The counts in the text of a replica's /metrics. */
export function countsOf(metrics: string): Counts {
  const counts: Counts = { startedAt: Number.NaN, refused: 0, upTo: new Map() };
  for (const [, name, labels = '', value] of metrics.matchAll(line)) {
    if (name === 'process_start_time_seconds') counts.startedAt = Number(value) * 1000;
    else if (name === 'http_requests_refused_total') counts.refused += Number(value);
    else if (name === 'http_request_duration_seconds_bucket' && !looking.test(labels)) {
      const bound = Number(/le="([^"]+)"/.exec(labels)?.[1]?.replace('+Inf', 'Infinity'));
      counts.upTo.set(bound, (counts.upTo.get(bound) ?? 0) + Number(value));
    }
  }
  return counts;
}

/** What happened between two counts that are so many seconds apart. */
export function figuresOf(before: Counts, now: Counts, seconds: number): Figures {
  const upTo = [...now.upTo].map(([bound, count]): [number, number] => [
    bound,
    count - (before.upTo.get(bound) ?? 0),
  ]);
  const requests = upTo.at(-1)?.[1] ?? 0;
  return {
    requestsPerSecond: rounded(requests / seconds),
    p99Milliseconds: requests > 0 ? rounded(quantile(0.99, upTo) * 1000) : null,
    refusedPerSecond: rounded((now.refused - before.refused) / seconds),
  };
}

/** The quantile of a histogram, as Prometheus reckons it: the requests lie evenly between two bounds. */
function quantile(share: number, upTo: [bound: number, count: number][]): number {
  const wanted = share * (upTo.at(-1)?.[1] ?? 0);
  let [lower, below] = [0, 0];
  for (const [bound, count] of upTo) {
    if (bound === Number.POSITIVE_INFINITY) break;
    if (count >= wanted) return lower + ((bound - lower) * (wanted - below)) / (count - below);
    [lower, below] = [bound, count];
  }
  return lower;
}
