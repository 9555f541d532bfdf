import { type Played, playWell } from '../ansible.ts';
import type { Event, Finding } from '../event.ts';
import { inNode, nodeNumber } from '../nodes.ts';
import type { Stack } from '../stack.ts';
import { changesOf, playVersion } from './shared/playbooks.ts';

/** What a finished swarm gets from another run of the playbook: nothing. */
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
  const before = await thingsOf(stack);
  const played = await playWell('site.yml', [...(await playVersion(stack)), ...args]);
  const after = await thingsOf(stack);
  const gone = before.filter(thing => !after.includes(thing)).map(thing => `is gone: ${thing}`);
  const come = after.filter(thing => !before.includes(thing)).map(thing => `is new: ${thing}`);
  return { ...played, problems: [...changesOf(played), ...gone, ...come] };
}

/** What there is, a line each, which is another one as soon as somebody has touched the thing. */
async function thingsOf(stack: Stack): Promise<string[]> {
  const services = (await stack.docker(['service', 'ls', '--quiet'])).split('\n');
  const registry = "docker inspect --format '{{.Id}} {{.State.StartedAt}}' motorpool-registry";
  const running = ['--filter=desired-state=running', '--format={{.Name}} {{.ID}}'];
  const lists = await Promise.all([
    stack.docker(['service', 'inspect', '--format={{.Spec.Name}} {{.Version.Index}}', ...services]),
    stack.docker(['service', 'ps', ...running, ...services]),
    stack.docker(['config', 'ls', '--format=config {{.Name}}']),
    stack.docker(['secret', 'ls', '--format=secret {{.Name}}']),
    inNode(nodeNumber(1), `echo "registry $(${registry})"`),
  ]);
  return lists.flatMap(list => list.split('\n'));
}
