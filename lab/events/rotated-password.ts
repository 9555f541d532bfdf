import type { Event, Finding } from '../event.ts';
import type { Load } from '../load/load.ts';
import { dockerOn } from '../nodes.ts';
import type { Stack } from '../stack.ts';
import { taskOf } from './shared/inside.ts';
import { deployed } from './shared/under-load.ts';

/** The database's user gets another password. */
export default function rotatedPasswordEvents(stack: Stack): Event[] {
  return [
    {
      name: "The database's password is rotated",
      group: 'Planned',
      promise: 'A new password for the database fails no request, and MySQL refuses the old one afterwards.',
      happen: load => rotate(stack, load),
    },
  ];
}

async function rotate(stack: Stack, load: Load): Promise<Finding> {
  const old = await passwordIn(stack);
  const { problems, figures } = await deployed(stack, load, ['rotate-password'], 'rotate-password');
  const [now, then] = [await logIn(stack, await passwordIn(stack)), await logIn(stack, old)];
  if (now !== 'let in') problems.push(`MySQL answers the new password with ${now}`);
  if (then !== 'ER_ACCESS_DENIED_ERROR') problems.push(`MySQL answers the old password with ${then}`);
  return { problems, figures };
}

async function passwordIn(stack: Stack): Promise<string> {
  const { node, container } = await taskOf(stack, 'service1');
  return dockerOn(node, ['exec', container, 'cat', '/run/secrets/db_password']);
}

/** Logs in to MySQL as service 1 does, and gives how that ended. */
async function logIn(stack: Stack, password: string): Promise<string> {
  const { node, container } = await taskOf(stack, 'service1');
  const script = `
    const { createConnection } = await import('mysql2/promise');
    const { readFileSync } = await import('node:fs');
    const account = { host: 'db', user: 'motorpool', database: 'motorpool', password: readFileSync(0, 'utf8') };
    console.log(await createConnection(account).then(() => 'let in', error => error.code));
    process.exit();`;
  const inside = ['exec', '--interactive', container, 'node', '--input-type=module', '--eval', script];
  return dockerOn(node, inside, password);
}
