import { type Html, html } from './html.ts';
import type { LoadResult } from './load.ts';
import type { Attempt, ProvenEvent } from './report.ts';
import { count, failoverText, hasFailovers, milliseconds } from './report-numbers.ts';
import { timeline } from './timeline.ts';

/**
 * Whether the event is as it must be: passed; or for a negative control, that requests failed in every attempt, and
 * that nothing else went wrong which might be the reason.
 */
export function isAsItMustBe({ passed, isNegative, attempts }: ProvenEvent): boolean {
  if (!isNegative) return passed;
  return attempts.length > 0 && attempts.every(attempt => attempt.wentAsPlanned && lostRequests(attempt));
}

function lostRequests({ load }: Attempt): boolean {
  return load !== null && load.failed > 0;
}

/** The section of one event: promise, verdict, and each attempt with its figures, timeline and failures. */
export function eventSection(event: ProvenEvent, id: string): Html {
  return html`<section class="plate" id="${id}">
<h3>${event.name} ${verdict(event)}</h3>
<p class="promise">${event.promise}</p>
${event.attempts.map((attempt, index) => attemptPart(event, attempt, index))}</section>
`;
}

/** The verdict as a small number plate. */
export function verdict(event: ProvenEvent): Html {
  const isGood = isAsItMustBe(event);
  const repeated = event.attempts.length > 1 ? `, attempt ${event.attempts.length}` : '';
  return html`<span class="verdict ${isGood ? 'good' : 'bad'}">${word(event, isGood)}${repeated}</span>`;
}

function word({ isNegative }: ProvenEvent, isGood: boolean): string {
  if (isNegative) return isGood ? 'failed, as it must' : 'did not fail as it must';
  return isGood ? 'kept' : 'broken';
}

/** A list of figures with their names. */
export function figureList(figures: Record<string, string>, kind = 'figures'): Html | null {
  const entries = Object.entries(figures);
  if (entries.length === 0) return null;
  return html`<dl class="${kind}">
${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`;
}

function attemptPart(
  { attempts, isNegative }: ProvenEvent,
  { load, problems, figures }: Attempt,
  index: number,
): Html {
  const outcome = problems.length > 0 ? 'failed' : 'passed';
  return html`<div class="attempt">
${attempts.length > 1 ? html`<h4>Attempt ${index + 1} ${outcome}</h4>` : null}
${problems.length > 0 ? html`<ul class="problems ${isNegative ? 'wanted' : ''}">${problems.map(problem => html`<li>${problem}</li>\n`)}</ul>` : null}
${figureList({ ...(load ? loadFigures(load) : {}), ...figures })}
${load ? html`${timeline(load)}${failureList(load)}${answered(load)}` : null}</div>
`;
}

function loadFigures(load: LoadResult): Record<string, string> {
  return {
    requests: count(load.requests),
    failed: count(load.failed),
    ...(hasFailovers(load) ? { 'failed over': failoverText(load.failovers) } : {}),
    p50: milliseconds(load.p50),
    p99: milliseconds(load.p99),
    longest: milliseconds(load.max),
  };
}

function failureList({ failed, failures }: LoadResult): Html | null {
  if (failed === 0) return null;
  const which = failed > failures.length ? `, the first ${failures.length}` : '';
  return html`<details>
<summary>Failed requests: ${count(failed)}${which}</summary>
<table>
<thead><tr><th scope="col">at</th><th scope="col">request</th><th scope="col">what happened</th></tr></thead>
<tbody>${failures.map(
    ({ at, method, target, path, reason }) =>
      html`<tr><td>${(at / 1000).toFixed(1)} s</td><td><code>${method} ${target}${path}</code></td><td>${reason}</td></tr>\n`,
  )}</tbody>
</table>
</details>
`;
}

function answered({ answeredBy, versions }: LoadResult): Html | null {
  const services = Object.keys(answeredBy).sort();
  if (services.length === 0) return null;
  return html`<details>
<summary>Who answered</summary>
<table>
<thead><tr><th scope="col">service</th><th scope="col">versions</th><th scope="col">instances</th></tr></thead>
<tbody>${services.map(
    service =>
      html`<tr><td>${service}</td><td>${shares(versions[service])}</td><td>${shares(answeredBy[service])}</td></tr>\n`,
  )}</tbody>
</table>
</details>
`;
}

function shares(counts: Record<string, number> = {}): Html[] {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return Object.entries(counts).map(
    ([name, count]) =>
      html`<span class="share"><code>${name}</code> ${Math.round((100 * count) / all)} %</span> `,
  );
}
