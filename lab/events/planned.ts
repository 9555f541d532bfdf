import type { Event, Finding } from '../event.ts';
import type { Load } from '../load.ts';
import { services } from '../release.ts';
import { type Stack, watchFor } from '../stack.ts';
import { until } from '../until.ts';
import { inVariant } from '../variant.ts';
import {
  amberTaxi,
  ensureDeployed,
  ensureGoodDraws,
  ensureNodeServes,
  ensureVersion,
  good,
  wrongDraws,
} from './ensure.ts';
import { deployed, untilAllHaveServed } from './updates.ts';

const group = 'Planned';

/** What people do to a running system on purpose, new versions aside. Nobody who uses it may notice. */
export function plannedEvents(stack: Stack): Event[] {
  return [
    {
      name: 'Each service is scaled 2 → 5 → 1 → 2',
      group,
      promise: 'More tasks and fewer tasks of each service fail no request.',
      happen: load => scale(stack, load),
      restore: () => scaleBack(stack),
    },
    {
      name: 'A worker is drained and comes back',
      group,
      promise: 'Taking a node out of service by `docker node update --availability drain` fails no request.',
      // What the drained node's own NGINX has accepted it finishes; then the node is taken out of the load balancer.
      load: { failover: true },
      prepare: () => ensureNodeHasTasks(stack, 'node3'),
      happen: load => drain(stack, load),
      restore: () => ensureNodeServes(stack, 3),
    },
    {
      name: "The database's password is rotated",
      group,
      promise: 'A new password for the database fails no request, and the old one is refused afterwards.',
      happen: load => deployed(stack, load, ['rotate-password'], 'rotate-password'),
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

async function scale(stack: Stack, load: Load): Promise<Finding> {
  for (const service of services) {
    for (const replicas of [5, 1, 2]) {
      load.mark(`${service} × ${replicas}`);
      await stack.docker(['service', 'scale', '--detach', `motorpool_${service}=${replicas}`]);
      await until(
        `${replicas} tasks of ${service} run`,
        async () => (await stack.running(service)).length === replicas,
        60,
      );
      await stack.settled();
      await watchFor(untilAllHaveServed); // while one that cannot serve would be noticed
    }
  }
  return { problems: [], figures: {} };
}

async function scaleBack(stack: Stack): Promise<void> {
  const counts = services.map(service => `motorpool_${service}=2`);
  await stack.docker(['service', 'scale', '--detach', ...counts]);
  await stack.settled();
}

async function drain(stack: Stack, load: Load): Promise<Finding> {
  const [, , target = ''] = stack.targets;
  const before = await tasksOn(stack, 'node3');
  load.mark('node3 drained');
  await stack.docker(['node', 'update', '--availability', 'drain', 'node3']);
  await until('node3 has no task', async () => (await tasksOn(stack, 'node3')) === 0, 60);
  load.avoid(target);
  await stack.settled();
  await watchFor(untilAllHaveServed); // while what has left still finishes
  load.mark('node3 back');
  await stack.docker(['node', 'update', '--availability', 'active', 'node3']);
  await until('node3 serves', async () => (await fetch(`${target}/health`)).ok, 60);
  load.use(target);
  await stack.settled();
  await watchFor(untilAllHaveServed);
  return { problems: [], figures: { 'tasks on it before': `${before}` } };
}

/** Lets the tasks spread, if a node has none: where nothing runs, nothing is proven. */
async function ensureNodeHasTasks(stack: Stack, node: string): Promise<void> {
  if ((await tasksOn(stack, node)) === 0) await ensureDeployed(stack, ['rebalance']);
  if ((await tasksOn(stack, node)) === 0) throw new Error(`No task runs on ${node}, so nothing is proven.`);
}

/** How many tasks of the four services run on a node. */
async function tasksOn(stack: Stack, node: string): Promise<number> {
  const tasks = (await Promise.all(services.map(stack.running))).flat();
  return tasks.filter(task => task.node.name === node).length;
}

async function newColours(stack: Stack, load: Load): Promise<Finding> {
  const toAzure = (text: string) => text.replace('"amber", "hex": "#ffbf00"', '"azure", "hex": "#f0ffff"');
  const change = (folder: string) => deployed(stack, load, ['--version', good], 'amber → azure', folder);
  const there = await inVariant('service4/colours.json', toAzure, change);
  there.problems.push(...(await wrongDraws(stack, amberTaxi.replace('amber', 'azure'))));
  const back = await deployed(stack, load, ['--version', good], 'azure → amber');
  back.problems.push(...(await wrongDraws(stack, amberTaxi)));
  return { problems: [...there.problems, ...back.problems], figures: there.figures };
}
