import type { Event, Finding } from '../event.ts';
import type { Load } from '../load.ts';
import { images, services } from '../release.ts';
import type { Stack } from '../stack.ts';
import { until } from '../until.ts';
import { inVariant } from '../variant.ts';

const group = 'Planned';

/** What people do to a running system on purpose. Nobody who uses it may notice. The stack is left in version 1.2.0. */
export function plannedEvents(stack: Stack): Event[] {
  return [
    ...services.map(service => ({
      name: `${service} is updated`,
      group,
      promise: `An update of ${service} to a new version fails no request, and all its tasks then serve in it.`,
      prepare: () => ensureVersion(stack, [service], '1.0.0'),
      happen: (load: Load) =>
        updated(stack, load, ['--version', '1.1.0', '--only', service], [service], '1.1.0'),
    })),
    {
      name: 'All four services are updated at once',
      group,
      promise: 'A deploy of a new version of all four services fails no request.',
      prepare: () => ensureVersion(stack, services, '1.1.0'),
      happen: load => updated(stack, load, ['--version', '1.2.0'], services, '1.2.0'),
    },
    {
      name: 'Rollback on command',
      group,
      promise: 'Going back to the version before, and forward again, fails no request.',
      prepare: () => ensureVersion(stack, services, '1.2.0'),
      async happen(load) {
        const back = await updated(stack, load, ['rollback'], services, '1.1.0');
        return back.problems.length > 0
          ? back
          : updated(stack, load, ['--version', '1.2.0'], services, '1.2.0');
      },
    },
    {
      name: 'Each service is scaled 2 → 5 → 1 → 2',
      group,
      promise: 'More tasks and fewer tasks of each service fail no request.',
      happen: load => scale(stack, load),
    },
    {
      name: 'A worker is drained and comes back',
      group,
      promise: 'Taking a node out of service by `docker node update --availability drain` fails no request.',
      // What the drained node's own NGINX has accepted it finishes; then the node is taken out of the load balancer.
      load: { failover: true },
      happen: load => drain(stack, load),
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
      happen: load => newColours(stack, load),
      prepare: () => ensureVersion(stack, services, '1.2.0'),
    },
  ];
}

/** Sees to it that services run in a version, without a look at what that costs. */
export async function ensureVersion(stack: Stack, names: readonly string[], version: string): Promise<void> {
  const tasks = (await Promise.all(names.map(name => stack.running(name)))).flat();
  if (tasks.length > 0 && tasks.every(({ image }) => image.endsWith(`:${version}`))) return;
  const only = names.flatMap(name => ['--only', name]);
  const { code, output } = await stack.deploy(['--version', version, ...only]);
  if (code !== 0) throw new Error(`Version ${version} could not be deployed: ${output.slice(-1500)}`);
}

/** Runs the deploy command, and looks that each task of the services runs the image of the version. */
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
  return finding;
}

async function deployed(
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
    }
  }
  return { problems: [], figures: {} };
}

async function drain(stack: Stack, load: Load): Promise<Finding> {
  const [, , target = ''] = stack.targets;
  load.mark('node3 drained');
  await stack.docker(['node', 'update', '--availability', 'drain', 'node3']);
  await until(
    'node3 has no task',
    async () =>
      (await stack.docker(['node', 'ps', 'node3', '--filter', 'desired-state=running', '--quiet'])) === '',
    60,
  );
  load.avoid(target);
  await stack.settled();
  load.mark('node3 back');
  await stack.docker(['node', 'update', '--availability', 'active', 'node3']);
  await until('node3 serves', async () => (await fetch(`${target}/health`)).ok, 60);
  load.use(target);
  await stack.settled();
  return { problems: [], figures: {} };
}

async function newColours(stack: Stack, load: Load): Promise<Finding> {
  const toAzure = (text: string) => text.replace('"amber", "hex": "#ffbf00"', '"azure", "hex": "#f0ffff"');
  const change = (folder: string) => deployed(stack, load, ['--version', '1.2.0'], 'amber → azure', folder);
  const finding = await inVariant('service4/colours.json', toAzure, change);
  const sentence = await (
    await fetch(`${stack.targets[0]}/draws/1/taxi`, { headers: { Accept: 'text/plain' } })
  ).text();
  if (sentence !== 'Amelia drives an azure taxi.\n')
    finding.problems.push(`person 1 is drawn as "${sentence.trim()}"`);
  const back = await deployed(stack, load, ['--version', '1.2.0'], 'azure → amber');
  return { problems: [...finding.problems, ...back.problems], figures: finding.figures };
}
