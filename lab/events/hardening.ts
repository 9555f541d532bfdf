import type { Event, Finding } from '../event.ts';
import type { RunningTask, Stack } from '../stack.ts';
import { everyService, inside } from './inside.ts';
import { excessInMysql } from './mysql-rights.ts';
import { crossings, foreignPorts } from './networks.ts';
import { passwordLeaks } from './passwords.ts';

/** What holds of the running containers, whatever the file says. None of these needs a load. */
export function hardeningEvents(stack: Stack): Event[] {
  const event = (name: string, promise: string, happen: () => Promise<string[]>): Event => ({
    ...{ name, group: 'Hardening', promise, load: null },
    happen: async (): Promise<Finding> => ({ problems: await happen(), figures: {} }),
  });
  return [
    event(
      'Every container has the least rights',
      'PID 1 of every container is no root, has no capability and can get none, and cannot write to its root file system.',
      async () => (await Promise.all(everyService.map(name => excessRights(stack, name)))).flat(),
    ),
    event(
      'No password is to be seen',
      "Neither the database's passwords nor the registry's are in an environment, argument, image layer, log or `docker inspect`.",
      () => passwordLeaks(stack),
    ),
    event(
      'Only NGINX can be reached',
      'On every node no other port than those of NGINX, SSH and the swarm itself answers another host of its network.',
      foreignPorts,
    ),
    event(
      'The networks are apart',
      'NGINX and services 2 to 4 cannot reach MySQL, and services 2 to 4 and MySQL reach nobody outside.',
      () => crossings(stack),
    ),
    event(
      'Nobody is root of MySQL from outside',
      'Service 1 cannot log in to MySQL as root, nor do more than read and add people.',
      () => excessInMysql(stack),
    ),
  ];
}

async function excessRights(stack: Stack, name: string): Promise<string[]> {
  const tasks = await stack.running(name);
  if (tasks.length === 0) return [`${name} has no task`];
  const found = await Promise.all(tasks.map(excessOf));
  return found.flat().map(problem => `${name}: ${problem}`);
}

async function excessOf(task: RunningTask): Promise<string[]> {
  const status = await inside(task, 'cat /proc/1/status');
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? 'unknown';
  const problems: string[] = [];
  if (!/^[1-9]/.test(field('Uid'))) problems.push(`runs as user ${field('Uid')}`);
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
    if (!/^0+$/.test(field(set))) problems.push(`has ${set} ${field(set)}`);
  }
  if (field('NoNewPrivs') !== '1') problems.push('may get new privileges');
  const root = await inside(task, 'awk \'$5 == "/" { print $6 }\' /proc/1/mountinfo');
  if (!/^ro\b/.test(root)) problems.push(`has a root file system mounted ${root}`);
  return problems;
}
