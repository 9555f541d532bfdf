import type { Event, Finding } from '../event.ts';
import type { Load, LoadResult } from '../load/load.ts';
import { services } from '../release.ts';
import type { Stack } from '../stack.ts';
import { ensureVersion, good, isIn } from './shared/ensure.ts';
import { pictureFleet, whileWatched } from './shared/fleet.ts';
import { requestsAtReplicas, whileHeld } from './shared/held.ts';
import { answered, deployed, startingTogether, together, unheard } from './shared/under-load.ts';

const group = 'Planned';

/** New versions and old ones, deployed on purpose. The stack is left in the good version. */
export default function deployEvents(stack: Stack): Event[] {
  return [
    {
      name: 'Each service is updated',
      group,
      promise:
        'An update of each service by itself fails no request, also none that a replica has only half received when it is told to stop; all tasks then serve in the new version.',
      prepare: () => ensureVersion(stack, services, '1.0.0'),
      happen: load => updateEach(stack, load),
      check: result => unseen(stack, result, ['1.0.0', good]),
    },
    {
      name: 'All four services are updated at once',
      group,
      promise:
        'A deploy of a new version of all four services fails no request, and all tasks then serve in it; who looks at /fleet meanwhile sees every service in both versions, and who is not named gets 403.',
      load: startingTogether,
      prepare: () => ensureVersion(stack),
      happen: load =>
        whileWatched(stack, [good, '1.2.0'], () => updated(stack, load, ['--version', '1.2.0'], '1.2.0')),
      check: async result => {
        await pictureFleet(stack);
        return unseen(stack, result, [good, '1.2.0']);
      },
    },
    {
      name: 'Rollback on command',
      group,
      promise: 'Going back to the version before fails no request, and all tasks then serve in it.',
      load: startingTogether,
      async prepare() {
        if (!(await isIn(stack, '1.2.0'))) await ensureVersion(stack); // the one to go back to
        await ensureVersion(stack, services, '1.2.0');
      },
      happen: load => updated(stack, load, ['rollback'], good),
      check: result => unseen(stack, result, ['1.2.0', good]),
      restore: () => ensureVersion(stack),
    },
  ];
}

async function updateEach(stack: Stack, load: Load): Promise<Finding> {
  const findings: Finding[] = [];
  for (const service of services) {
    const update = () => deployed(stack, load, ['--version', good, '--only', service], service);
    const doors = service === 'service1' ? await requestsAtReplicas(stack) : [];
    findings.push(await whileHeld(doors, update));
  }
  await answered(load);
  return together(findings);
}

async function updated(stack: Stack, load: Load, args: string[], version: string): Promise<Finding> {
  const finding = await deployed(stack, load, args, `to ${version}`);
  await answered(load);
  return finding;
}

/** What of the last of versions does not run, which tasks had a part in no answer, and which versions nobody answered in. */
async function unseen(stack: Stack, result: LoadResult, versions: string[]): Promise<string[]> {
  const problems = (await isIn(stack, versions.at(-1) ?? '')) ? [] : ['not all tasks run the version'];
  for (const name of services) {
    const missing = versions.filter(version => !result.versions[name]?.[version]);
    problems.push(...missing.map(version => `${name} never answered in version ${version}`));
    problems.push(...unheard(result, name, await stack.running(name)));
  }
  return problems;
}
