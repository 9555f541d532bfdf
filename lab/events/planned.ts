import { inVariant } from '../deploy.ts';
import type { Event, Finding } from '../event.ts';
import type { Load } from '../load/load.ts';
import { dockerOn } from '../nodes.ts';
import { services } from '../release.ts';
import type { RunningTask, Stack } from '../stack.ts';
import { until } from '../until.ts';
import { amberTaxi, wrongDraws } from './shared/draws.ts';
import { ensureGoodDraws, ensureVersion, good } from './shared/ensure.ts';
import { inService1, taskOf } from './shared/inside.ts';
import { answered, deployed, fine, startingTogether, together, unheard } from './shared/under-load.ts';

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
      load: startingTogether,
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
    {
      name: "The database's password is rotated",
      group,
      promise: 'A new password for the database fails no request, and MySQL refuses the old one afterwards.',
      happen: load => rotate(stack, load),
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
      await answered(load, 150);
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

async function rotate(stack: Stack, load: Load): Promise<Finding> {
  const old = await passwordIn(stack);
  const { problems, figures } = await deployed(stack, load, ['rotate-password'], 'rotate-password');
  const [now, then] = [await logIn(stack, await passwordIn(stack)), await logIn(stack, old)];
  if (now !== 'let in') problems.push(`MySQL answers the new password with ${now}`);
  if (then !== 'ER_ACCESS_DENIED_ERROR') problems.push(`MySQL answers the old password with ${then}`);
  return { problems, figures };
}

async function passwordIn(stack: Stack): Promise<string> {
  const { node, container } = await taskOf(stack, 'service1');
  return dockerOn(node, ['exec', container, 'cat', '/run/secrets/db_password']);
}

/** Logs in to MySQL as service 1 does, and gives how that ended. */
function logIn(stack: Stack, password: string): Promise<string> {
  const script = `
    const { createConnection } = await import('mysql2/promise');
    const { readFileSync } = await import('node:fs');
    const account = { host: 'db', user: 'motorpool', database: 'motorpool', password: readFileSync(0, 'utf8') };
    console.log(await createConnection(account).then(() => 'let in', error => error.code));
    process.exit();`;
  return inService1(stack, script, password);
}
