import { type Html, html } from './html.ts';
import type { LoadResult } from './load.ts';

type Mark = LoadResult['marks'][number];

/** The part of a drawing, in its own units, that shows the seconds from 0 on. */
export type Frame = { left: number; right: number; seconds: number };

// Of the label's font; SVG cannot measure a text before it is shown.
const letterWidth = 6.9;

/** For each mark the row of its label, so that no two labels of a row touch. */
export function markRows(marks: Mark[], frame: Frame): number[] {
  const taken: [number, number][][] = [];
  return marks.map(mark => {
    const { from, to } = place(mark, frame);
    const isFree = (row: [number, number][]) => row.every(([start, end]) => to < start || from > end);
    const free = taken.findIndex(isFree);
    const row = free < 0 ? taken.length : free;
    taken[row] = [...(taken[row] ?? []), [from, to]];
    return row;
  });
}

/** The marks as vertical lines down to `bottom`, each with its label on top. */
export function markLabels(marks: Mark[], rows: number[], frame: Frame, bottom: number): Html {
  const placed = marks.map((mark, index) => ({ ...place(mark, frame), y: 14 + 18 * (rows[index] ?? 0) }));
  return html`<g class="marks">
${placed.map(({ x, y }) => html`<path d="M${x} ${y - 9}V${bottom}"/>`)}
${placed.map(({ from, y, label }) => html`<text x="${from + 4}" y="${y}">${label}</text>`)}
</g>`;
}

// A label stands to the right of its line; where there is no room, it is moved to the left, and cut if it must be.
function place({ at, label }: Mark, { left, right, seconds }: Frame) {
  const x = Math.round(left + ((right - left) * at) / 1000 / seconds);
  const fitting = Math.floor((right - 8) / letterWidth);
  const cut = label.length > fitting ? `${label.slice(0, fitting - 1)}…` : label;
  const width = cut.length * letterWidth + 8;
  const from = Math.max(0, Math.min(x, right - width));
  return { x, from, to: from + width, label: cut };
}
