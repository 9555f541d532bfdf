import { readFileSync } from 'node:fs';
import { Html, html } from './html.ts';
import type { ProvenEvent } from './report.ts';
import { eventSection, figureList, isAsItMustBe, verdict } from './report-event.ts';
import { count, milliseconds } from './report-numbers.ts';

const style = new Html(readFileSync(new URL('./report.css', import.meta.url), 'utf8'));

/** The report as one page: summary, contents, and a section for each event. */
export function reportPage(events: ProvenEvent[], facts: Record<string, string>): string {
  const failed = events.filter(event => !isAsItMustBe(event)).length;
  const numbered = events.map((event, index) => ({ event, id: `event-${index + 1}` }));
  const groups = Map.groupBy(numbered, ({ event }) => event.group);
  const headline = failed
    ? `${failed} of ${events.length} promises ${failed === 1 ? 'is' : 'are'} broken.`
    : `All ${events.length} promises are kept.`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${headline} Motorpool, the lab’s report</title>
<style>
${style}</style>
</head>
<body>
<header>
<p class="sign">Motorpool</p>
<p class="kind">The lab’s report</p>
</header>
<main>
<section class="plate summary ${failed ? 'bad' : 'good'}">
<h1>${headline}</h1>
${figureList(totals(events))}
${figureList(facts, 'facts')}
</section>
<nav class="plate" aria-label="Contents">
${[...groups].map(([group, entries]) => contents(group, entries))}
</nav>
${[...groups].map(([group, entries]) => [
  html`<h2>${group}</h2>\n`,
  entries.map(({ event, id }) => eventSection(event, id)),
])}
</main>
</body>
</html>
`.text;
}

function contents(group: string, entries: { event: ProvenEvent; id: string }[]): Html {
  return html`<table>
<thead><tr><th scope="col">${group}</th><th scope="col">failed</th><th scope="col">p99</th><th scope="col"></th></tr></thead>
<tbody>
${entries.map(({ event, id }) => {
  const load = event.attempts.at(-1)?.load;
  return html`<tr>
<th scope="row"><a href="#${id}">${event.name}</a></th>
<td>${load ? html`${count(load.failed)} <small>of ${count(load.requests)}</small>` : '–'}</td>
<td>${load ? milliseconds(load.p99) : '–'}</td>
<td>${verdict(event)}</td>
</tr>
`;
})}</tbody>
</table>
`;
}

// Controls break things on purpose, so their failures are not among the failed requests.
function totals(events: ProvenEvent[]): Record<string, string> {
  const promised = events.filter(({ isNegative }) => !isNegative);
  const loads = promised.flatMap(({ attempts }) => attempts.flatMap(({ load }) => load ?? []));
  const repeated = events.filter(({ attempts }) => attempts.length > 1).length;
  return {
    'as it must be': `${events.filter(isAsItMustBe).length} of ${events.length}`,
    'negative controls': `${events.length - promised.length}`,
    repeated: `${repeated}`,
    requests: count(loads.reduce((sum, { requests }) => sum + requests, 0)),
    'of them failed': count(loads.reduce((sum, { failed }) => sum + failed, 0)),
    'people added': count(loads.reduce((sum, { added }) => sum + added.length, 0)),
  };
}
