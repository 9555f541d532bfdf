import { docker } from '../engine.ts';
import type { Event, Finding } from '../event.ts';
import { dockerOn, nodes } from '../nodes.ts';
import { openPorts } from '../open-ports.ts';
import { services } from '../release.ts';
import type { RunningTask, Stack } from '../stack.ts';

const group = 'Hardening';
const all = ['nginx', ...services, 'db'];

/** What holds of the running containers, whatever the file says. None of these needs a load. */
export function hardeningEvents(stack: Stack): Event[] {
  const event = (name: string, promise: string, happen: () => Promise<string[]>): Event => ({
    ...{ name, group, promise, load: null },
    happen: async (): Promise<Finding> => ({ problems: await happen(), figures: {} }),
  });
  return [
    event(
      'Every container has the least rights',
      'PID 1 of every container is no root, has no capability and can get none, and cannot write to its root file system.',
      async () => (await Promise.all(all.map(name => eachTask(stack, name, excessOf)))).flat(),
    ),
    event(
      'No password is to be seen',
      "The database's password is in no environment, argument, image, log or `docker inspect`.",
      () => passwordLeaks(stack),
    ),
    event(
      'Only NGINX can be reached',
      'On every node no other port than those of NGINX, SSH and the swarm itself answers another host.',
      async () =>
        (
          await Promise.all(
            nodes.map(async ({ name, address }) => foreignPorts(name, await openPorts(address))),
          )
        ).flat(),
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

/** Runs bash in a task's container; what fails gives an empty text. */
function inside({ node, container }: RunningTask, line: string): Promise<string> {
  return dockerOn(node, ['exec', container, 'bash', '-c', line]).catch(() => '');
}

async function eachTask(
  stack: Stack,
  name: string,
  look: (task: RunningTask) => Promise<string[]>,
): Promise<string[]> {
  const tasks = await stack.running(name);
  if (tasks.length === 0) return [`${name} has no task`];
  const found = await Promise.all(tasks.map(look));
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

async function passwordLeaks(stack: Stack): Promise<string[]> {
  const [task] = await stack.running('service1');
  const password = task ? await inside(task, 'cat /run/secrets/db_password') : '';
  if (password.length < 20) return ['the password cannot be read where it should be, so nothing is proven'];
  const places = new Map<string, string>();
  for (const name of all) {
    for (const running of await stack.running(name)) {
      const { node, container } = running;
      places.set(`inspect of ${name}`, await dockerOn(node, ['inspect', container]));
      places.set(
        `processes of ${name}`,
        await inside(
          running,
          'for p in /proc/[0-9]*; do tr "\\0" "\\n" <$p/environ; tr "\\0" "\\n" <$p/cmdline; done 2>/dev/null',
        ),
      );
    }
    places.set(`service ${name}`, await stack.docker(['service', 'inspect', `motorpool_${name}`]));
    places.set(`log of ${name}`, await stack.docker(['service', 'logs', '--raw', `motorpool_${name}`]));
  }
  for (const service of services) {
    places.set(
      `image of ${service}`,
      await docker(['image', 'history', '--no-trunc', `motorpool/${service}:1.2.0`]),
    );
  }
  const empty = [...places]
    .filter(([place, text]) => text === '' && !place.startsWith('log'))
    .map(([place]) => `${place} cannot be read`);
  return [
    ...empty,
    ...[...places]
      .filter(([, text]) => text.includes(password))
      .map(([place]) => `the password is in the ${place}`),
  ];
}

function foreignPorts(node: string, open: number[]): string[] {
  const expected = [22, 80, 2377, 7946];
  const missing = open.includes(80) ? [] : [`${node} does not answer at port 80`];
  return [
    ...missing,
    ...open.filter(port => !expected.includes(port)).map(port => `${node} answers at port ${port}`),
  ];
}

async function crossings(stack: Stack): Promise<string[]> {
  const [db] = await stack.running('db');
  if (!db) return ['the database has no task'];
  const address = await inside(db, 'hostname -i');
  const problems: string[] = [];
  for (const name of ['nginx', 'service2', 'service3', 'service4']) {
    const [task] = await stack.running(name);
    if (task && (await reaches(task, 'db', 3306))) problems.push(`${name} reaches MySQL by its name`);
    for (const one of address.split(' '))
      if (task && (await reaches(task, one, 3306))) problems.push(`${name} reaches MySQL at ${one}`);
  }
  for (const name of ['service2', 'service3', 'service4', 'db']) {
    const [task] = await stack.running(name);
    if (task && (await reaches(task, nodes[0]?.address ?? '', 22)))
      problems.push(`${name} reaches a host outside`);
  }
  const [service1] = await stack.running('service1');
  if (!service1 || !(await reaches(service1, 'db', 3306)))
    problems.push('service 1 does not reach MySQL, so nothing is proven');
  return problems;
}

async function reaches(task: RunningTask, host: string, port: number): Promise<boolean> {
  return (await inside(task, `timeout 2 bash -c 'exec 3<>/dev/tcp/${host}/${port}' && echo yes`)) === 'yes';
}

async function excessInMysql(stack: Stack): Promise<string[]> {
  const [task] = await stack.running('service1');
  if (!task) return ['service 1 has no task'];
  const script = `
    const { createConnection } = await import('mysql2/promise');
    const { readFileSync } = await import('node:fs');
    const tell = async (what, work) => console.log(what + ': ' + await work().then(() => 'done', error => error.code));
    await tell('root', () => createConnection({ host: 'db', user: 'root' }));
    const password = readFileSync('/run/secrets/db_password', 'utf8').trim();
    const own = await createConnection({ host: 'db', user: 'motorpool', password, database: 'motorpool' });
    for (const sql of ['SELECT * FROM people LIMIT 1', 'DELETE FROM people', 'UPDATE people SET name = "x"', 'DROP TABLE people',
      'SELECT * FROM mysql.user', 'CREATE TABLE t (i INT)', 'SET GLOBAL local_infile = ON']) await tell(sql, () => own.query(sql));
    process.exit(0);`;
  const said = await dockerOn(task.node, [
    'exec',
    task.container,
    'node',
    '--input-type=module',
    '--eval',
    script,
  ]);
  const done = said.split('\n').filter(line => line.endsWith(': done'));
  if (!done.some(line => line.startsWith('SELECT * FROM people')))
    return [`service 1 cannot even read: ${said}`];
  return done
    .filter(line => !line.startsWith('SELECT * FROM people'))
    .map(line => `MySQL lets service 1 do ${line}`);
}
