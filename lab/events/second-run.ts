import { type Played, playWell } from '../ansible.ts';
import type { Event, Finding } from '../event.ts';
import type { Load } from '../load/load.ts';
import { inNode, killNode, nodeNumber } from '../nodes.ts';
import { services } from '../release.ts';
import type { Stack } from '../stack.ts';
import { until } from '../until.ts';
import { ensureServing, ensureVersion, tasksOn } from './shared/ensure.ts';
import { changesOf, playVersion, unsaid } from './shared/playbooks.ts';
import { differences, thingsOf } from './shared/things.ts';
import { asksTwiceMs } from './shared/under-load.ts';

const [one, two, three] = [nodeNumber(1), nodeNumber(2), nodeNumber(3)];

/** What a finished swarm gets from another run of the playbook: nothing, or what it lacks. */
export default function secondRunEvents(stack: Stack): Event[] {
  return [
    {
      name: 'A second run, and a look',
      group: 'Ansible',
      promise:
        'site.yml changes nothing where it has run, nor does --check --diff: each service, task, config and secret is the same.',
      load: null,
      happen: () => runAgain(stack),
    },
    {
      name: 'An engine has other settings than it runs with',
      group: 'Repairs',
      promise:
        'site.yml takes the tasks from its node before it starts the engine anew, and gives it tasks again; no request fails.',
      load: { perSecond: 30, failover: true },
      slowestMs: asksTwiceMs,
      prepare: () => ensureVersion(stack),
      happen: load => restartDrained(stack, load),
      restore: () => ensureServing(stack, three),
    },
    {
      name: 'A run while a node is drained and another one is dead',
      group: 'Repairs',
      promise:
        'site.yml names both, leaves them as they are, and changes nothing else, nor a label of somebody.',
      load: null,
      prepare: () => ensureVersion(stack),
      happen: () => runWithout(stack),
      restore: async () => {
        await ensureServing(stack, two, three);
        await stack.docker(['node', 'update', '--label-rm', 'their', three.name]).catch(() => {});
      },
    },
  ];
}

async function runAgain(stack: Stack): Promise<Finding> {
  await stack.settled();
  const second = await touch(stack);
  const look = await touch(stack, ['--check', '--diff']);
  return {
    problems: [...second.problems, ...look.problems],
    figures: {
      'the second run took': `${second.seconds.toFixed(0)} s`,
      '--check took': `${look.seconds.toFixed(0)} s`,
    },
  };
}

/** Runs the playbook where all is as it should be, and gives what is not as it was before. */
async function touch(stack: Stack, args: string[] = []): Promise<Played & { problems: string[] }> {
  const before = await everything(stack);
  const played = await playWell('site.yml', [...(await playVersion(stack)), ...args]);
  return { ...played, problems: [...changesOf(played), ...differences(before, await everything(stack))] };
}

async function restartDrained(stack: Stack, load: Load): Promise<Finding> {
  await inNode(three, `echo '{ "no-new-privileges": true }' >/etc/docker/daemon.json`);
  const started = 'systemctl show docker --property=ActiveEnterTimestamp';
  const before = await inNode(three, started);
  load.mark('site.yml');
  const { output, seconds } = await playWell('site.yml', await playVersion(stack));
  load.mark('done');
  const drained = output.indexOf('TASK [No task runs on the node any more]');
  const restarted = output.indexOf('TASK [Docker Engine runs with its settings]', drained);
  const settings = await inNode(three, 'cat /etc/docker/daemon.json');
  return {
    problems: [
      ...((await inNode(three, started)) === before ? ['the engine was not started anew'] : []),
      ...(drained > 0 && restarted > drained ? [] : ['the engine was started anew under its tasks']),
      ...(settings.includes('max-size') ? [] : [`its settings are ${settings}`]),
      ...((await availability(stack)) === 'active' ? [] : ['node3 takes no tasks']),
    ],
    figures: { 'site.yml took': `${seconds.toFixed(0)} s` },
  };
}

async function runWithout(stack: Stack): Promise<Finding> {
  await stack.docker(['node', 'update', '--availability', 'drain', '--label-add', 'their=own', three.name]);
  await killNode(two);
  const state = () => stack.docker(['node', 'inspect', '--format', '{{.Status.State}}', two.name]);
  await until('node2 is known to be down', async () => (await state()) === 'down', 60);
  const tasks = 2 * services.length;
  await until('node1 has all tasks', async () => (await tasksOn(stack, one)).length === tasks, 90);
  const played = await playWell('site.yml', await playVersion(stack));
  const said = [
    /node2 does not answer, and is left as it is/,
    /\[node3\] => \{\s+"msg": "It is in the state drain, and left so/,
  ];
  const label = await stack.docker(['node', 'inspect', '--format', '{{.Spec.Labels.their}}', three.name]);
  return {
    problems: [
      ...changesOf(played),
      ...unsaid(played.output, said),
      ...((await availability(stack)) === 'drain' ? [] : ['node3 is not drained any more']),
      ...(label === 'own' ? [] : ["somebody's label is gone"]),
    ],
    figures: { 'site.yml took': `${played.seconds.toFixed(0)} s` },
  };
}

function availability(stack: Stack): Promise<string> {
  return stack.docker(['node', 'inspect', '--format', '{{.Spec.Availability}}', three.name]);
}

async function everything(stack: Stack): Promise<string[]> {
  const registry = "docker inspect --format '{{.Id}} {{.State.StartedAt}}' motorpool-registry";
  const lists = await Promise.all([
    stack.docker(['config', 'ls', '--format=config {{.Name}}']),
    stack.docker(['secret', 'ls', '--format=secret {{.Name}}']),
    inNode(one, `echo "registry $(${registry})"`),
  ]);
  return [...(await thingsOf(stack)), ...lists.flatMap(list => list.split('\n'))];
}
