import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { playHere } from './support/ansible.ts';
import { describeWith } from './support/missing.ts';

type Task = { 'ansible.builtin.import_tasks'?: string };
type Play = { tasks?: Task[]; 'ansible.builtin.import_playbook'?: string };

const read = (path: string) => parse(readFileSync(`ansible/${path}`, 'utf8'));

describeWith(['ansible-playbook'], 'engines that are started anew', () => {
  test('site.yml starts the engine of a member with old settings when the stack is well, and others before', () => {
    const hosts = {
      well: lookOf({ is_stuck: false, has_old_settings: false }, true),
      stuck: lookOf({ is_stuck: true, has_old_settings: false }, true),
      outdated: lookOf({ is_stuck: false, has_old_settings: true }, true),
      new: lookOf({ is_stuck: false, has_old_settings: true }, false),
    };
    const output = playHere({
      plays: playsOf('site.yml').map(play => ({ ...play, tasks: play.tasks?.flatMap(saying) })),
      groups: { answering: hosts, nodes: hosts, registry: { well: {} } },
      args: ['--forks', '1', '--extra-vars', '@ansible/group_vars/all.yml'], // one after the other, so in order
    });
    expect([...output.matchAll(/"msg": "(.*)"/g)].map(([, said]) => said)).toEqual([
      ...['stuck: restart.yml', 'stuck: settled.yml', 'new: restart.yml'],
      ...['localhost: release.yml', 'outdated: restart.yml', 'outdated: settled.yml'],
    ]);
  });

  test('what keeps a run from going on is the services that lack tasks, or a manager that does not answer', () => {
    const listed = 'printf "one_db 1/1\\none_nginx 1/3\\none_service1 0/2 (max 2 per node)\\n"';
    const docker = `case "$*" in *=lacking*) ${listed} ;; *=well*) echo one_db 1/1 ;; *) exit 1 ;; esac`;
    const hosts = { lacking: { stack: 'lacking' }, well: { stack: 'well' }, silent: { stack: 'silent' } };
    const output = playHere({
      plays: [{ hosts: 'all', vars: { manager: 'localhost' }, tasks: read('tasks/settled.yml') }],
      groups: { nodes: hosts },
      programs: { docker: `#!/bin/sh\n${docker}`, sleep: '#!/bin/sh' },
    });
    const said = Object.fromEntries(
      [...output.matchAll(/^fatal: \[(.*)\]: .*"msg": "([^.]*)\./gm)].map(([, host, sentence]) => [
        host,
        sentence,
      ]),
    );
    expect(said).toEqual({
      lacking: 'These services lack tasks: one_nginx one_service1',
      silent: 'These services lack tasks: unknown, since no manager answers',
    });
    expect(output).toMatch(/^ok: \[well\]$/m);
  });
});

function lookOf(engine: object, isMember: boolean) {
  return { look: { engine, swarm: { is_member: isMember } } };
}

/** The plays of a playbook, with those of the ones that it imports in their places. */
function playsOf(path: string): Play[] {
  return read(path).flatMap((play: Play) => {
    const imported = play['ansible.builtin.import_playbook'];
    return imported ? playsOf(imported) : [play];
  });
}

/** In the place of a task: which of the interesting files it plays, and of engine.yml what groups the engines. */
function saying({ 'ansible.builtin.import_tasks': path = '', ...task }: Task): object[] {
  const file = path.replace('tasks/', '');
  if (file === 'engine.yml') return [{ ...task, block: [read(path).at(-1)] }];
  const isSaid = ['restart.yml', 'settled.yml', 'release.yml'].includes(file);
  return isSaid ? [{ ...task, 'ansible.builtin.debug': { msg: `{{ inventory_hostname }}: ${file}` } }] : [];
}
