import { inVariant } from '../deploy.ts';
import type { Event, Finding } from '../event.ts';
import type { Load } from '../load/load.ts';
import { services } from '../release.ts';
import type { RunningTask, Stack } from '../stack.ts';
import { until } from '../until.ts';
import { amberTaxi, ensureGoodDraws, ensureVersion, good, wrongDraws } from './shared/ensure.ts';
import { answered, deployed, fine, together, unheard } from './shared/under-load.ts';

const group = 'Planned';

/** What people do to a running system on purpose. Nobody who uses it may notice. */
export default function plannedEvents(stack: Stack): Event[] {
  const started = new Map<string, RunningTask[]>();
  return [
    {
      name: 'Each service is scaled 2 → 5 → 1 → 2',
      group,
      promise:
        'More tasks and fewer tasks of each service fail no request, and each task that comes answers.',
      happen: load => scale(stack, load, started),
      check: async result => services.flatMap(name => unheard(result, name, started.get(name) ?? [])),
      restore: () => scaleBack(stack),
    },
    {
      name: 'The colour rules are replaced',
      group,
      promise: 'Another colours.json fails no request, and every task of service 4 then answers by it.',
      prepare: () => ensureVersion(stack),
      happen: load => newColours(stack, load),
      restore: () => ensureGoodDraws(stack),
    },
  ];
}

async function scale(stack: Stack, load: Load, started: Map<string, RunningTask[]>): Promise<Finding> {
  for (const service of services) {
    started.set(service, []);
    for (const replicas of [5, 1, 2]) {
      load.mark(`${service} × ${replicas}`);
      await stack.docker(['service', 'scale', '--detach', `motorpool_${service}=${replicas}`]);
      const tasks = () => stack.running(service);
      await until(`${replicas} tasks of ${service} run`, async () => (await tasks()).length === replicas, 60);
      await stack.settled();
      started.get(service)?.push(...(await tasks()));
      await answered(load);
    }
  }
  return fine;
}

async function scaleBack(stack: Stack): Promise<void> {
  const counts = services.map(service => `motorpool_${service}=2`);
  await stack.docker(['service', 'scale', '--detach', ...counts]);
  await stack.settled();
}

async function newColours(stack: Stack, load: Load): Promise<Finding> {
  const toAzure = (text: string) => text.replace('"amber", "hex": "#ffbf00"', '"azure", "hex": "#f0ffff"');
  const there = await inVariant('service4/colours.json', toAzure, folder =>
    deployed(stack, load, ['--version', good], 'amber → azure', folder),
  );
  there.problems.push(...(await wrongDraws(stack, amberTaxi.replace('amber', 'azure'))));
  const back = await deployed(stack, load, ['--version', good], 'azure → amber');
  back.problems.push(...(await wrongDraws(stack, amberTaxi)));
  return together([there, back]);
}
