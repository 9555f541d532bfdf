import type { LoadResult } from '../load/load.ts';

// In the drawing's own units. SVG cannot measure a text before it is shown, so letters are taken as equally wide.
const [left, right, letterWidth, latencyHeight, rateHeight] = [64, 984, 7.2, 120, 90];

/**
 * Where everything stands in the drawing of a load: latency on top, requests below, two scales that share the seconds,
 * so that neither hides the other. `bars` and `curves` are SVG paths, the bars to be drawn with strokes of `width`.
 */
export function timeline({ seconds, marks }: LoadResult, noisySeconds: number[]) {
  const length = Math.max(1, ...seconds.map(({ second }) => second + 1), ...marks.map(({ at }) => at / 1000));
  const mostLatency = 1.05 * Math.max(50, ...seconds.map(({ p99 }) => p99));
  const mostRequests = Math.max(10, ...seconds.map(({ ok, failed }) => ok + failed));
  const x = (second: number) => round(left + ((right - left) * second) / length);
  const labels = placed(marks.map(({ at, label }) => ({ x: x(at / 1000), label })));
  const top = 30 + Math.max(0, ...labels.map(({ y }) => y));
  const middle = top + latencyHeight + 34;
  const bottom = middle + rateHeight;
  const latencyY = (ms: number) => round(top + latencyHeight * (1 - ms / mostLatency));
  const rateY = (count: number) => round(bottom - (rateHeight * count) / mostRequests);
  const bar = (second: number, low: number, high: number) => `M${x(second + 0.5)} ${low}V${high}`;
  // A second without a good answer has no latency: the curve is interrupted, and a lonely second is a dot.
  const good = seconds.filter(({ ok }) => ok > 0);
  const curve = (which: 'p50' | 'p99') =>
    good.map(({ second, [which]: ms }, index) => {
      const command = good[index - 1]?.second === second - 1 ? 'L' : 'M';
      return `${command}${x(second + 0.5)} ${latencyY(ms)}h0`;
    });
  // One failure in 200 has to be seen, so each bar of failures is at least 3 high.
  const failures = seconds.filter(({ failed }) => failed > 0);
  return {
    ...{ left, right, top, middle, bottom, labels, width: round((right - left) / length) },
    scale: [
      ...steps(mostLatency, 3).map(step => ({ y: latencyY(step), label: `${step} ms` })),
      ...steps(mostRequests, 2).map(step => ({ y: rateY(step), label: `${step}` })),
    ],
    ticks: steps(length, 10).map(step => ({ x: x(step), label: step })),
    bars: {
      ok: seconds.map(({ second, ok }) => bar(second, bottom, rateY(ok))).join(''),
      noisy: noisySeconds.map(second => bar(second, bottom, top)).join(''),
      failed: failures
        .map(({ second, ok, failed }) => bar(second, rateY(ok), Math.min(rateY(ok + failed), rateY(ok) - 3)))
        .join(''),
    },
    curves: { p50: curve('p50').join(''), p99: curve('p99').join('') },
  };
}

/** Places each label right of its mark, or as far left of that as it must, in the first row where it is alone. */
function placed(marks: { x: number; label: string }[]) {
  const rows: { from: number; to: number }[][] = [];
  return marks.map(({ x, label }) => {
    const width = label.length * letterWidth + 10;
    const from = Math.max(0, Math.min(x, right - width));
    const isFree = (row: { from: number; to: number }[]) =>
      row.every(other => from + width < other.from || from > other.to);
    const index = [...rows, []].findIndex(isFree);
    rows[index] = [...(rows[index] ?? []), { from, to: from + width }];
    return { x, y: 14 + 18 * index, from: from + 4, label };
  });
}

/** The steps of a scale from 0 up to `most`, about as many as wanted, each whole, and 1, 2 or 5 times a power of ten. */
function steps(most: number, wanted: number): number[] {
  const power = 10 ** Math.floor(Math.log10(most / wanted));
  const step = Math.max(1, ([1, 2, 5].find(factor => factor * power >= most / wanted) ?? 10) * power);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
