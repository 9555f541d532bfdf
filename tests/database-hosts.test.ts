import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { playHere } from './support/ansible.ts';
import { describeWith } from './support/missing.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

type Labels = Record<string, string>;

const three = { one: 'member', two: 'member', three: 'member' };
const five = { ...three, four: 'member', five: 'member' };

// In the place of Docker: notes what it is asked. The tasks of who shall stay run, and those of who leaves have ended. A
// label it takes at the second time only, as while the swarm itself notes something of the node.
const docker = (log: string, hosts: string[]) => `#!/bin/sh
echo "$*" >>${log}
case "$*" in
  *desired-state=running*) printf '%s Running 5 seconds ago\\n' ${hosts.join(' ')} ;;
  *--label-rm*) [ "$(grep -cxF -- "$*" ${log})" = 2 ] ;;
esac`;

describeWith(['ansible-playbook'], 'the nodes of the database', () => {
  test.each<[string, Labels, string[], RegExp]>([
    ['all of a group for one node', three, ['one'], /is a group, which needs three: keep two of two, three/],
    ['one of three', three, ['one', 'two'], /names 2: the database is on one node, on three or on five/],
    ['one of five', five, ['one', 'two', 'three', 'four'], /names 4/],
    ['the last who has the people', { one: 'true' }, ['two'], /people are on one: keep it/],
    [
      'who has the people while a group is made',
      { ...three, one: 'true' },
      ['two', 'three', 'four'],
      /are on one/,
    ],
    ['every member', three, ['four', 'five', 'six'], /people are on one and two and three/],
  ])('site.yml takes nothing from %s', (_what, labels, hosts, objection) => {
    const { output, asked } = play(labels, hosts);
    expect(output).toMatch(objection);
    expect(asked).toEqual([]);
  });

  test.each<[string, Labels, string[], string[]]>([
    ['two of five', five, ['one', 'two', 'three'], ['four', 'five']],
    ['one that another one replaces', three, ['two', 'three', 'four'], ['one']],
    ['nobody of a group that stays', three, ['one', 'two', 'three'], []],
    ['nobody of a group that is being made', { ...three, one: 'true' }, ['one', 'two', 'three'], []],
    ['nobody at first', {}, ['one'], []],
  ])(
    'site.yml has them leave the group one after the other, when all are well: %s',
    (_what, labels, hosts, leave) => {
      const { asked } = play(labels, hosts);
      expect(asked).toEqual(
        leave.flatMap(name => [
          expect.stringContaining(
            `node ps ${name} --filter name=motorpool_db --filter desired-state=running`,
          ),
          expect.stringContaining('service ps motorpool_db --filter desired-state=running'),
          ...Array(2).fill(`node update --label-rm motorpool.database ${name}`),
          expect.stringContaining(`node ps ${name} --filter name=motorpool_db`),
        ]),
      );
    },
  );
});

/** Plays what swarm.yml does with nodes that have these labels, of which `hosts` shall have the database. */
function play(labels: Labels, hosts: string[]): { output: string; asked: string[] } {
  const log = join(temporaryFolder('database-hosts').path, 'log');
  writeFileSync(log, '');
  const swarm: { name: string }[] = parse(readFileSync('ansible/tasks/swarm.yml', 'utf8'));
  const tasks = swarm.filter(({ name }) => /^The people stay|^Members that shall go/.test(name));
  expect(tasks).toHaveLength(2);
  const leaving = { 'ansible.builtin.include_tasks': resolve('ansible/tasks/leave-group.yml') };
  const members = Object.entries(labels).map(([Hostname, label]) => ({
    Description: { Hostname },
    Spec: { Labels: { 'motorpool.database': label } },
    Status: { State: 'ready' },
  }));
  const vars = {
    stack: 'motorpool',
    manager: 'localhost',
    members,
    database_hosts: hosts,
    database_nodes: hosts,
  };
  const output = playHere({
    plays: [{ hosts: 'localhost', vars, tasks: [tasks[0], { ...tasks[1], ...leaving }] }],
    groups: { answering: Object.fromEntries(hosts.map(name => [name, {}])) },
    programs: { docker: docker(log, hosts) },
  });
  return { output, asked: readFileSync(log, 'utf8').split('\n').filter(Boolean) };
}
