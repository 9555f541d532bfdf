import type { Event } from '../event.ts';
import type { RunningTask, Stack } from '../stack.ts';
import { everyService, inService1, inside, lookAt } from './shared/inside.ts';

/** What the running containers may do, whatever the file says. */
export default function hardeningEvents(stack: Stack): Event[] {
  return [
    lookAt(
      'Hardening',
      'Every container has the least rights',
      'PID 1 of every container is no root, has no capability and can get none, and cannot write to its root file system.',
      async () => (await Promise.all(everyService.map(name => excessRights(stack, name)))).flat(),
    ),
    lookAt(
      'Hardening',
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
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    if (!/^0+$/.test(field(set))) problems.push(`has ${set} ${field(set)}`);
  if (field('NoNewPrivs') !== '1') problems.push('may get new privileges');
  const root = await inside(task, 'awk \'$5 == "/" { print $6 }\' /proc/1/mountinfo');
  if (!/^ro\b/.test(root)) problems.push(`has a root file system mounted ${root}`);
  return problems;
}

async function excessInMysql(stack: Stack): Promise<string[]> {
  const may = 'SELECT * FROM people LIMIT 1';
  const script = `
    const { createConnection } = await import('mysql2/promise');
    const { readFileSync } = await import('node:fs');
    const tell = async (what, work) => console.log(what + ': ' + await work().then(() => 'done', error => error.code));
    await tell('log in as root', () => createConnection({ host: 'db', user: 'root' }));
    const password = readFileSync('/run/secrets/db_password', 'utf8').trim();
    const own = await createConnection({ host: 'db', user: 'motorpool', password, database: 'motorpool' });
    for (const sql of ['${may}', 'DELETE FROM people', 'UPDATE people SET name = "x"', 'DROP TABLE people',
      'SELECT * FROM mysql.user', 'CREATE TABLE t (i INT)', 'SET GLOBAL local_infile = ON']) await tell(sql, () => own.query(sql));
    process.exit(0);`;
  const said = await inService1(stack, script);
  const done = said.split('\n').filter(line => line.endsWith(': done'));
  if (!done.includes(`${may}: done`)) return [`service 1 cannot even read: ${said}`];
  return done.filter(line => !line.startsWith(may)).map(line => `MySQL lets service 1 ${line}`);
}
