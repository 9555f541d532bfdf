import { playWell } from '../ansible.ts';
import type { Event, Finding } from '../event.ts';
import type { Stack } from '../stack.ts';
import { changesOf, playVersion } from './ansible-runs.ts';

/** What a finished swarm gets from another run of the playbook: nothing. */
export function ansibleAgainEvents(stack: Stack): Event[] {
  return [
    {
      name: 'A second run, and a second look',
      group: 'Ansible',
      promise: 'site.yml changes nothing where it has run, and with --check --diff it would change nothing.',
      load: null,
      happen: () => again(stack),
    },
  ];
}

async function again(stack: Stack): Promise<Finding> {
  const version = await playVersion(stack);
  const first = await playWell('site.yml', version);
  // Where an earlier event has left something, this run was the first.
  const second = changesOf(first).length === 0 ? first : await playWell('site.yml', version);
  const look = await playWell('site.yml', [...version, '--check', '--diff']);
  return {
    problems: [...changesOf(second), ...changesOf(look)],
    figures: {
      'the second run took': `${second.seconds.toFixed(0)} s`,
      '--check took': `${look.seconds.toFixed(0)} s`,
    },
  };
}
