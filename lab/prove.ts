import { readdir } from 'node:fs/promises';
import { cpus, release as kernel, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { proveEvent, type Stage } from './attempt.ts';
import type { Event } from './event.ts';
import { calmIn, measureCapacity, Unfit } from './fitness.ts';
import { startLoad } from './load/load.ts';
import { ownCpuSeconds, watchMachine } from './noise.ts';
import { publishRelease } from './release.ts';
import { eventLine, writeReport } from './report/report.ts';
import { logsOf, memoryOfStack, type Stack } from './stack.ts';
import { step } from './until.ts';
import type { ProvenEvent } from './verdict.ts';

/** The group that makes a swarm of bare hosts by itself, so that nothing needs to be deployed before. */
const bareHosts = 'Bare hosts';
const gate = 'Steady';

/** All groups, in the order in which they happen. Every commit proves the first kind, and one of the others in turn. */
const everyCommit = [gate, 'Planned', 'Unplanned', 'Bad releases', 'Controls', 'Hardening', 'Ansible'];
const inTurn = [
  [bareHosts, 'Teardown'],
  ['More bad releases', 'Compose'],
  ['More deploys', 'Pipeline'],
  ['Registries', 'Overload'],
  ['Repairs'],
  ['Database'],
];
const order = [
  ...[bareHosts, gate, 'Planned', 'Unplanned', 'Bad releases', 'More bad releases', 'Controls', 'Hardening'],
  ...['More deploys', 'Registries', 'Overload', 'Compose', 'Pipeline', 'Repairs', 'Ansible'],
  ...['Database', 'Teardown'],
];

/** What was shown; `repeated` names each event that noise made happen again, `unfit` says why nothing could be shown. */
export type Outcome = { passed: number; failed: number; repeated: string[]; unfit?: string };

const repetitions = 3;
const restSeconds = 10;
const reportFolder = 'test-output/lab';

/** The groups that the commit of this number proves: those of every commit, and those whose turn it is. */
export function groupsOf(commits: number): string[] {
  return [...everyCommit, ...(inTurn[commits % inTurn.length] ?? [])];
}

/** All events of `events/`, in the order in which they happen. Throws for one whose group nobody knows. */
export async function findEvents(stack: Stack): Promise<Event[]> {
  const files = await readdir(join(import.meta.dirname, 'events'));
  const made = files
    .filter(file => /(?<!\.test)\.ts$/.test(file))
    .sort()
    .map(async file => (await import(`./events/${file}`)).default(stack) as Event[]);
  const events = (await Promise.all(made)).flat();
  const lost = events.find(({ group }) => !order.includes(group));
  if (lost) throw new Error(`"${lost.name}" is in the group "${lost.group}"; there are ${order.join(', ')}.`);
  return events.sort((one, other) => order.indexOf(one.group) - order.indexOf(other.group));
}

/** Those events whose name contains `only` and whose group is among `groups` (none: all). Throws if none is left. */
export function chosen(events: Event[], only: string, groups: string[]): Event[] {
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
  const left = events.filter(
    ({ name, group }) =>
      name.toLowerCase().includes(only.toLowerCase()) &&
      (groups.length === 0 || groups.some(one => same(one, group))),
  );
  if (left.length > 0) return left;
  const known = events.map(({ group, name }) => `  ${group}: ${name}`).join('\n');
  throw new Error(
    `No event is named "${only}" in ${groups.join(' or ') || 'any group'}; there are:\n${known}`,
  );
}

/** Publishes the versions that events deploy. */
export async function publishVersions(): Promise<void> {
  for (const version of ['1.1.0', '1.2.0'])
    await step(`Version ${version} is published`, () => publishRelease(version));
}

/**
 * Lets the events happen one after the other, and writes a report after each, so that what was proven stands if the
 * machine stops. `deployFirst` brings the stack about where the events do not begin with bare hosts, and says how long
 * that took. Ends early, with all that was shown until then in the report, when this machine can show nothing.
 */
export async function prove(
  events: Event[],
  stack: Stack,
  deployFirst: () => Promise<string>,
): Promise<Outcome> {
  const watch = await watchMachine();
  const proven: ProvenEvent[] = [];
  const outcome: Outcome = { passed: 0, failed: 0, repeated: [] };
  const facts: Record<string, string> = {
    machine: `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, kernel ${kernel()}`,
    measured: new Date().toISOString(),
  };
  const stage: Stage = {
    usual: { targets: stack.targets, perSecond: 0, postsPerSecond: 2 },
    calm: { carried: 0, slowest: 0, delay: 0 },
    startLoad,
    logsOf,
    watch,
    mayRepeat({ name }, { noise }) {
      outcome.repeated.push(`${name}: ${noise}`);
      return outcome.repeated.length <= repetitions;
    },
  };

  function tell(event: ProvenEvent, began: number): void {
    proven.push(event);
    Object.assign(outcome, writeReport(proven, facts, reportFolder));
    console.log(eventLine(event, (performance.now() - began) / 1000));
    for (const problem of event.attempts.flatMap(({ problems }) => problems)) console.log(`    ${problem}`);
  }

  async function proveOne(event: Event): Promise<ProvenEvent> {
    const began = performance.now();
    const result = await proveEvent(event, stage);
    tell(result, began);
    if (result.verdict === 'inconclusive') throw new Unfit(result);
    return result;
  }

  /** Measures the stack, at rest and under load, before anything happens to it. */
  async function measure(): Promise<void> {
    Object.assign(facts, await step('The stack is measured at rest', factsAtRest));
    const { carried, perSecond } = await step('The load fits the machine', () =>
      measureCapacity(stack.targets, watch),
    );
    stage.usual.perSecond = perSecond;
    stage.calm.carried = carried;
    facts['the load'] = `${perSecond} requests a second; the three nodes carry ${carried}`;
    for (const event of (await findEvents(stack)).filter(({ group }) => group === gate))
      Object.assign(stage.calm, await calmIn(await proveOne(event), watch));
    await publishVersions();
  }

  try {
    const [bare, rest] = [events.filter(isOnBareHosts), events.filter(event => !isOnBareHosts(event))];
    for (const event of bare) await proveOne(event);
    if (bare.length === 0) facts['from bare hosts to a page'] = await deployFirst();
    if (rest.length > 0) await measure();
    for (const event of rest.filter(({ group }) => group !== gate)) await proveOne(event);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    outcome.unfit = error.message;
    if (!proven.includes(error.seen)) tell(error.seen, performance.now());
  } finally {
    watch.stop();
    writeReport(proven, facts, reportFolder, outcome.unfit);
  }
  return outcome;
}

const isOnBareHosts = ({ group }: Event) => group === bareHosts;

async function factsAtRest(): Promise<Record<string, string>> {
  const before = await ownCpuSeconds();
  await pause(restSeconds * 1000);
  const used = ((await ownCpuSeconds()) ?? Number.NaN) - (before ?? Number.NaN);
  const busy = (100 * used) / restSeconds / cpus().length;
  return {
    'memory at rest': await memoryOfStack(),
    'CPU at rest': Number.isNaN(busy)
      ? 'not measured'
      : `${Math.round(busy)} % of all cores, engines included`,
  };
}
