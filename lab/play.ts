import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { proveEvent } from './attempt.ts';
import type { Event } from './event.ts';
import { startLoad } from './load/load.ts';
import { watchMachine } from './noise.ts';
import { chosen, publishVersions } from './prove.ts';
import { eventLine, writeReport } from './report/report.ts';
import { logsOf, type Stack } from './stack.ts';
import type { ProvenEvent } from './verdict.ts';

/** What one can see happen, and after which the stack is as it was; what else needs a load is played by its name. */
const groups = ['Planned', 'Unplanned', 'Bad releases', 'More bad releases'];
const quiet = { perSecond: 20, postsPerSecond: 1 };
const folder = 'test-output/play';

/** The events with `only` in their name, of all if it is empty, that users can notice. Throws if there is none. */
export function playable(events: Event[], only: string): Event[] {
  const loaded = events.filter(({ load }) => load !== null);
  return chosen(loaded, only, only === '' ? groups : []);
}

/**
 * Lets one of the events happen, without saying which, while few people draw, and tells about it when it is over, and so
 * many seconds have passed or Enter was pressed. Gives whether its promise was kept, or else nobody can tell.
 */
export async function play(events: Event[], stack: Stack, seconds: number | null): Promise<boolean> {
  await publishVersions();
  const event = events[Math.floor(Math.random() * events.length)] as Event;
  const watch = await watchMachine();
  // Nothing is measured before, so no more is slow than what is so on any machine.
  const stage = {
    calm: { carried: 1, slowest: 0, delay: 0 },
    startLoad,
    logsOf,
    watch,
    mayRepeat: () => false,
  };
  const when = seconds === null ? 'when you press Enter' : `after ${seconds} s, or when you press Enter`;
  console.log(`Watch ${stack.targets.map(target => `${target}/fleet`).join(' or ')} from this machine.`);
  console.log(`It begins within a minute. You are told what it was ${when}, and all is well again.`);
  const began = performance.now();
  const happening = proveEvent(event, { ...stage, usual: { targets: stack.targets, ...quiet } });
  const [played] = await Promise.all([happening, wordToTell(seconds)]).finally(watch.stop);
  writeReport([played], {}, folder);
  for (const line of told(played, (performance.now() - began) / 1000)) console.log(line);
  console.log(`The same as a picture: ${folder}/report.html`);
  return played.verdict !== 'broken';
}

/** Awaits a line, or the time; where there is none, the end of the input. */
async function wordToTell(seconds: number | null): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  const end =
    seconds === null ? once(process.stdin, 'end', { signal }) : pause(seconds * 1000, undefined, { signal });
  await Promise.race([once(process.stdin, 'data', { signal }), end]);
  over.abort();
  process.stdin.pause();
}

/** What it was, what was promised and what users saw, as lines: the marks, and what failed from each to the next. */
export function told(event: ProvenEvent, seconds: number): string[] {
  const { load, problems = [] } = event.attempts.at(-1) ?? {};
  const marks = [{ at: 0, label: 'few people draw' }, ...(load?.marks ?? [])];
  const lines = marks.map(({ at, label }, index) => {
    const next = marks[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const failed = load?.failures.filter(failure => failure.at >= at && failure.at < next).length ?? 0;
    const seen = failed > 0 ? `: ${failed} requests failed from then on` : '';
    return `${(at / 1000).toFixed(1).padStart(7)} s  ${label}${seen}`;
  });
  return [
    `It was: ${event.name}. ${event.promise}`,
    eventLine(event, seconds),
    ...problems.map(problem => `    ${problem}`),
    ...lines,
  ];
}
