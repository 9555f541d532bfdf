import { playWell } from '../ansible.ts';
import type { Event, Finding } from '../event.ts';
import type { Stack } from '../stack.ts';
import { changesOf, playVersion } from './ansible-runs.ts';

/** What a finished swarm gets from another run of the playbook: nothing. */
export function ansibleAgainEvents(stack: Stack): Event[] {
  const event = (name: string, promise: string, args: string[]): Event => ({
    ...{ name, group: 'Ansible', promise, load: null },
    happen: async (): Promise<Finding> => {
      const played = await playWell('site.yml', [...(await playVersion(stack)), ...args]);
      return { problems: changesOf(played), figures: { took: `${played.seconds.toFixed(0)} s` } };
    },
    // Whatever an earlier event left.
    prepare: async () => {
      await playWell('site.yml', await playVersion(stack));
    },
  });
  return [
    event('A second run', 'site.yml changes nothing on hosts that are as they should be.', []),
    event(
      'A second look',
      'site.yml --check --diff runs through on finished hosts and would change nothing.',
      ['--check', '--diff'],
    ),
  ];
}
