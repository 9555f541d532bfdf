import { playWell } from '../ansible.ts';
import type { Event, Finding } from '../event.ts';
import { run } from '../run.ts';
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
    {
      name: 'A look with a newer Ansible',
      group: 'Ansible',
      promise: 'With the Ansible of Debian 13 site.yml --check --diff finds all as it should be, too.',
      load: null,
      happen: () => lookNewly(stack),
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

async function lookNewly(stack: Stack): Promise<Finding> {
  const command = await run('bash', ['lab/newer-ansible.sh']);
  const args = [...(await playVersion(stack)), '--check', '--diff'];
  const look = await playWell('site.yml', args, { command });
  const release = /ansible-playbook \[core ([\d.]+)\]/.exec(look.output)?.[1];
  const problems = release?.startsWith('2.14.') === false ? [] : [`it was the Ansible ${release}`];
  return {
    problems: [...problems, ...changesOf(look)],
    figures: { release: `${release}`, took: `${look.seconds.toFixed(0)} s` },
  };
}
