import { readFile } from 'node:fs/promises';
import { cpus, release as kernel, totalmem } from 'node:os';
import { join } from 'node:path';
import { labFolder } from './credentials.ts';
import { type Event, proveEvent } from './event.ts';
import { ansibleAgainEvents } from './events/ansible-again.ts';
import { ansibleBackupEvents } from './events/ansible-backup.ts';
import { ansibleBareEvents } from './events/ansible-bare.ts';
import { ansibleDriftEvents } from './events/ansible-drift.ts';
import { ansibleNodeEvents } from './events/ansible-nodes.ts';
import { ansibleSecretEvents } from './events/ansible-secrets.ts';
import { composeEvents } from './events/compose.ts';
import { controlEvents } from './events/controls.ts';
import { good } from './events/ensure.ts';
import { hardeningEvents } from './events/hardening.ts';
import { killedDatabaseEvents } from './events/killed-database.ts';
import { killedNodeEvents } from './events/killed-nodes.ts';
import { killedTaskEvents } from './events/killed-tasks.ts';
import { nginxEvents } from './events/nginx.ts';
import { pipelineEvents } from './events/pipeline.ts';
import { plainEvents } from './events/plain.ts';
import { plannedEvents } from './events/planned.ts';
import { steadyEvents } from './events/steady.ts';
import { updateEvents } from './events/updates.ts';
import { zooEvents } from './events/zoo.ts';
import { startLoad } from './load.ts';
import { imageSizes, memoryByService, memoryText } from './measure.ts';
import { step } from './progress.ts';
import { untilQuiet } from './quiet.ts';
import { publishRelease } from './release.ts';
import { type ProvenEvent, writeReport } from './report.ts';
import { isAsItMustBe } from './report-event.ts';
import { failoverText, hasFailovers } from './report-numbers.ts';
import { openStack, type Stack } from './stack.ts';

const reportFolder = 'test-output/lab';

/** Where the first deploy leaves how long it took, for the report. */
export const firstDeploy = join(labFolder, 'first-deploy');

/** Which events to prove: those whose name contains `only` and whose group is among `groups`; an empty text and an empty list leave all. */
export type Choice = { only: string; groups: string[] };

/**
 * Proves every promise about the running stack, one event after the other, and writes the report.
 * Gives how many were proven and how many were not. Throws if the choice leaves none.
 */
export async function prove(choice: Choice): Promise<{ passed: number; failed: number }> {
  const stack = await openStack();
  try {
    const events = chosen(eventsOf(stack), choice);
    for (const version of ['1.1.0', '1.2.0'])
      await step(`Version ${version} is published`, () => publishRelease(version));
    const facts = await factsNow();
    for (const [name, fact] of Object.entries(facts)) console.log(`${name}: ${fact}`);
    const proven: ProvenEvent[] = [];
    for (const event of events) {
      proven.push(await proveOne(event, stack));
      writeReport(proven, facts, reportFolder); // after each, so that what was proven stands if the machine stops
    }
    return writeReport(proven, facts, reportFolder);
  } finally {
    await stack.close();
  }
}

function chosen(events: Event[], { only, groups }: Choice): Event[] {
  const left = events.filter(event => {
    const isNamed = event.name.toLowerCase().includes(only.toLowerCase());
    return (
      isNamed &&
      (groups.length === 0 || groups.some(group => event.group.toLowerCase() === group.toLowerCase()))
    );
  });
  if (left.length > 0) return left;
  const known = events.map(event => `  ${event.group}: ${event.name}`).join('\n');
  throw new Error(
    `No event has "${only}" in its name${groups.length > 0 ? ` in a group ${groups.join(' or ')}` : ''}; there are:\n${known}`,
  );
}

async function proveOne(event: Event, stack: Stack): Promise<ProvenEvent> {
  const began = performance.now();
  const stage = { targets: stack.targets, startLoad, untilQuiet };
  const proven = await proveEvent(event, stage, line => console.log(line));
  const last = proven.attempts.at(-1);
  const { load = null, figures = {}, problems = [] } = last ?? {};
  const seen = load
    ? [`${load.failed} of ${load.requests} requests failed`, `p99 ${Math.round(load.p99)} ms`]
    : [];
  if (load && hasFailovers(load)) seen.push(`failed over: ${failoverText(load.failovers)}`);
  const rest = Object.entries(figures).map(([name, figure]) => `${name}: ${figure}`);
  const mark = isAsItMustBe(proven) ? '✓' : '✗';
  const tries = proven.attempts.length > 1 ? `, at the second attempt` : '';
  console.log(
    `${mark} ${event.group}: ${event.name} (${[...seen, ...rest].join('; ')}${tries}; ${((performance.now() - began) / 1000).toFixed(0)} s)`,
  );
  if (event.isNegative && isAsItMustBe(proven)) console.log(`    it fails, as it must: ${problems[0]}`);
  else if (event.isNegative) for (const problem of problems) console.log(`    ${problem}`);
  return proven;
}

function eventsOf(stack: Stack): Event[] {
  return [
    ...steadyEvents(stack),
    ...updateEvents(stack),
    ...plannedEvents(stack),
    ...nginxEvents(stack),
    ...killedTaskEvents(stack),
    ...killedNodeEvents(stack),
    ...killedDatabaseEvents(stack),
    ...zooEvents(stack),
    ...hardeningEvents(stack),
    ...controlEvents(stack),
    ...composeEvents(),
    ...plainEvents(stack),
    ...pipelineEvents(stack),
    ...ansibleAgainEvents(stack),
    ...ansibleDriftEvents(stack),
    ...ansibleNodeEvents(),
    ...ansibleBackupEvents(stack),
    ...ansibleSecretEvents(stack),
    ...ansibleBareEvents(),
  ];
}

async function factsNow(): Promise<Record<string, string>> {
  return {
    machine: `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, kernel ${kernel()}`,
    measured: new Date().toISOString(),
    'from bare hosts to a page': await readFile(firstDeploy, 'utf8').catch(() => 'not measured'),
    'memory at rest': memoryText(await memoryByService()),
    'image sizes': await imageSizes(good),
  };
}
