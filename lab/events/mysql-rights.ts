import { dockerOn } from '../nodes.ts';
import type { Stack } from '../stack.ts';
import { taskOf } from './inside.ts';

/** What service 1 may do in MySQL beyond reading and adding people. */
export async function excessInMysql(stack: Stack): Promise<string[]> {
  const { node, container } = await taskOf(stack, 'service1');
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
  const said = await dockerOn(node, ['exec', container, 'node', '--input-type=module', '--eval', script]);
  const done = said.split('\n').filter(line => line.endsWith(': done'));
  if (!done.some(line => line.startsWith('SELECT * FROM people')))
    return [`service 1 cannot even read: ${said}`];
  return done
    .filter(line => !line.startsWith('SELECT * FROM people'))
    .map(line => `MySQL lets service 1 do ${line}`);
}
