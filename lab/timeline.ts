import { type Html, html } from './html.ts';
import type { LoadResult } from './load.ts';
import { milliseconds } from './report-numbers.ts';
import { type Frame, markLabels, markRows } from './timeline-marks.ts';
import { niceSteps } from './timeline-steps.ts';

type Second = LoadResult['seconds'][number];

const latencyHeight = 110;
const rateHeight = 90;
const between = 34;

/** The timeline of a load as two drawings, of which the style sheet shows the one that fits the screen. */
export function timeline(load: LoadResult): Html | null {
  if (load.seconds.length === 0) return null;
  return html`${drawing(load, 940, 'wide')}${drawing(load, 400, 'narrow')}`;
}

// Latency on top, requests below: two scales that share the seconds, so that neither hides the other.
function drawing(load: LoadResult, width: number, kind: 'wide' | 'narrow'): Html {
  const { seconds, marks, requests, failed, p99 } = load;
  const lastMark = Math.max(0, ...marks.map(({ at }) => at / 1000));
  const frame: Frame = { left: 52, right: width - 8, seconds: Math.max(seconds.length, lastMark) };
  const rows = markRows(marks, frame);
  const latencyTop = 30 + 18 * Math.max(0, ...rows.map(row => row + 1));
  const rateTop = latencyTop + latencyHeight + between;
  const bottom = rateTop + rateHeight;
  const mostLatency = 1.05 * Math.max(50, ...seconds.map(second => second.p99));
  const mostRequests = Math.max(10, ...seconds.map(({ ok, failed }) => ok + failed));
  const latencySteps = niceSteps(mostLatency, 3);
  const rateSteps = niceSteps(mostRequests, 2);
  const x = (second: number) => frame.left + ((frame.right - frame.left) * second) / frame.seconds;
  const latencyY = (ms: number) => latencyTop + latencyHeight * (1 - ms / mostLatency);
  const rateY = (count: number) => bottom - (rateHeight * count) / mostRequests;
  const summary = `${requests} requests in ${seconds.length} seconds, ${failed} failed, p99 ${milliseconds(p99)}`;

  return html`<svg class="timeline ${kind}" viewBox="0 0 ${width} ${bottom + 38}" role="img" aria-label="${summary}">
<g class="grid">${latencySteps.map(step => line(frame, latencyY(step)))}${rateSteps.map(step => line(frame, rateY(step)))}</g>
<g class="scale">
${latencySteps.map(step => html`<text x="${frame.left - 6}" y="${latencyY(step) + 4}" text-anchor="end">${milliseconds(step)}</text>`)}
${rateSteps.map(step => html`<text x="${frame.left - 6}" y="${rateY(step) + 4}" text-anchor="end">${step}</text>`)}
${niceSteps(frame.seconds, width / 100).map(step => html`<text x="${x(step)}" y="${bottom + 16}" text-anchor="middle">${step}</text>`)}
</g>
<path class="ok" d="${bars(seconds, x, rateY, ({ ok }) => [0, ok], 0)}"/>
<path class="failed" d="${bars(seconds, x, rateY, ({ ok, failed }) => [ok, ok + failed], 3)}"/>
<path class="p50" d="${curve(seconds, x, latencyY, 'p50')}"/>
<path class="p99" d="${curve(seconds, x, latencyY, 'p99')}"/>
${markLabels(marks, rows, frame, bottom)}
<g class="key">
<text x="${frame.left}" y="${latencyTop - 8}">latency: <tspan class="p99">p99</tspan>, <tspan class="p50">p50</tspan></text>
<text x="${frame.left}" y="${rateTop - 8}">requests a second: <tspan class="ok">ok</tspan>, <tspan class="failed">failed</tspan></text>
<text x="${frame.right}" y="${bottom + 32}" text-anchor="end">seconds</text>
</g>
${kind === 'wide' ? seconds.map(second => tip(second, x, latencyTop, bottom)) : null}
</svg>
`;
}

function line({ left, right }: Frame, y: number): Html {
  return html`<path d="M${left} ${round(y)}H${right}"/>`;
}

// One path for all bars. A bar that is there at all is at least `least` high, so that one failure in 200 is seen.
function bars(
  seconds: Second[],
  x: (second: number) => number,
  y: (count: number) => number,
  from: (second: Second) => [number, number],
  least: number,
): string {
  const width = x(1) - x(0);
  const gap = width > 4 ? 1 : 0;
  return seconds
    .filter(second => from(second)[1] > from(second)[0])
    .map(second => {
      const [low, high] = from(second).map(y) as [number, number];
      const top = Math.min(high, low - least);
      return `M${round(x(second.second))} ${round(low)}V${round(top)}h${round(width - gap)}V${round(low)}z`;
    })
    .join('');
}

// A second without a good answer has no latency: the curve is interrupted, and a lonely second is a dot.
function curve(
  seconds: Second[],
  x: (second: number) => number,
  y: (ms: number) => number,
  which: 'p50' | 'p99',
): string {
  return seconds
    .map((second, index) => {
      if (second.ok === 0) return '';
      const isFirst = !seconds[index - 1]?.ok;
      const point = `${round(x(second.second + 0.5))} ${round(y(second[which]))}`;
      return isFirst ? `M${point}h0` : `L${point}`;
    })
    .join('');
}

function tip(
  { second, ok, failed, p50, p99 }: Second,
  x: (second: number) => number,
  top: number,
  bottom: number,
): Html {
  const text = `second ${second}: ${ok} ok, ${failed} failed, p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}`;
  return html`<path class="tip" d="M${round(x(second))} ${top}H${round(x(second + 1))}V${bottom}H${round(x(second))}z"><title>${text}</title></path>`;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
