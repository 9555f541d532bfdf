import type { Event, Finding } from '../event.ts';
import type { Load, LoadResult } from '../load.ts';
import { images, services } from '../release.ts';
import { type Stack, watchFor } from '../stack.ts';
import { ensureVersion, good } from './ensure.ts';

const group = 'Planned';

/** New versions and old ones, deployed on purpose. The stack is left in the good version. */
export function updateEvents(stack: Stack): Event[] {
  return [
    ...services.map(service => ({
      name: `${service} is updated`,
      group,
      promise: `An update of ${service} to a new version fails no request, and all its tasks then serve in it.`,
      prepare: () => ensureVersion(stack, [service], '1.0.0'),
      happen: (load: Load) =>
        updated(stack, load, ['--version', '1.1.0', '--only', service], [service], '1.1.0'),
      check: (result: LoadResult) => unseen(stack, result, [service], ['1.1.0']),
    })),
    {
      name: 'All four services are updated at once',
      group,
      promise:
        'A deploy of a new version of all four services fails no request, and all tasks then serve in it.',
      prepare: () => ensureVersion(stack, services, '1.1.0'),
      happen: load => updated(stack, load, ['--version', '1.2.0'], services, '1.2.0'),
      check: result => unseen(stack, result, services, ['1.2.0']),
    },
    {
      name: 'Rollback on command',
      group,
      promise: 'Going back to the version before fails no request, and all tasks then serve in it.',
      prepare: () => ensureVersion(stack, services, '1.2.0'),
      happen: load => updated(stack, load, ['rollback'], services, good),
      check: result => unseen(stack, result, services, [good, '1.2.0']),
      restore: () => ensureVersion(stack),
    },
  ];
}

/** Runs the deploy command under a mark of its own, and gives what it failed with. */
export async function deployed(
  stack: Stack,
  load: Load,
  args: string[],
  label: string,
  folder?: string,
): Promise<Finding> {
  load.mark(label);
  const { code, output, seconds } = await stack.deploy(args, folder);
  load.mark('done');
  const problems = code === 0 ? [] : [`the deploy command failed: ${output.slice(-1500)}`];
  return { problems, figures: { 'deploy took': `${seconds.toFixed(0)} s` } };
}

/** Long enough, in seconds, that under load every running task has answered. */
export const untilAllHaveServed = 4;

/** Runs the deploy command, looks that each task runs the image of the version, and lets the load reach each of them. */
async function updated(
  stack: Stack,
  load: Load,
  args: string[],
  names: readonly string[],
  version: string,
): Promise<Finding> {
  const finding = await deployed(stack, load, args, `to ${version}`);
  for (const name of names) {
    const tasks = await stack.running(name);
    const others = tasks.filter(({ image }) => image !== `${images}/${name}:${version}`);
    if (tasks.length !== 2 || others.length > 0)
      finding.problems.push(`${name} runs ${tasks.map(({ image }) => image).join(', ')}`);
  }
  await watchFor(untilAllHaveServed);
  return finding;
}

/** The running tasks that answered no request of the load, and the versions in which nobody answered. */
async function unseen(
  stack: Stack,
  { answeredBy, versions }: LoadResult,
  names: readonly string[],
  expected: string[],
): Promise<string[]> {
  const problems: string[] = [];
  for (const name of names) {
    for (const { instance } of await stack.running(name)) {
      if (!answeredBy[name]?.[instance]) problems.push(`${name}: the task ${instance} answered nothing`);
    }
    for (const version of expected) {
      if (!versions[name]?.[version]) problems.push(`${name} never answered in version ${version}`);
    }
  }
  return problems;
}
