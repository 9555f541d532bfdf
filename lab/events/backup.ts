import { playWell } from '../ansible.ts';
import type { Event, Finding } from '../event.ts';
import { inNode, nodeNumber } from '../nodes.ts';
import type { Stack } from '../stack.ts';
import { secondsSince, until } from '../until.ts';
import { sql } from './shared/inside.ts';

const node = nodeNumber(1);
const address = `http://${node.address}`;
const patienceSeconds = 10;

/** The database is lost, with all that was in it. */
export default function backupEvents(stack: Stack): Event[] {
  return [
    {
      name: "The database's volume is destroyed",
      group: 'Repairs',
      promise: `restore.yml brings everybody of the last backup back, and at most ${patienceSeconds} s later the draws; who came since is lost.`,
      load: null,
      happen: () => destroyAndRestore(stack),
      restore: () => ensureDatabase(stack),
    },
  ];
}

async function destroyAndRestore(stack: Stack): Promise<Finding> {
  for (const name of ['Beforehand One', 'Beforehand Two', 'Ольга Beforehand']) await add(name);
  const backup = await playWell('backup.yml');
  const before = await everybody(stack);
  for (const name of ['Afterwards One', 'Afterwards Two']) await add(name);
  const began = performance.now();
  await destroyVolume(stack);
  const restore = await playWell('restore.yml');
  await until('a draw works', async () => (await fetch(`${address}/`)).ok, patienceSeconds);
  const back = secondsSince(began);
  const after = await everybody(stack);
  const problems = after === before ? [] : [`not the same people:\n${before}\n\n${after}`];
  if (!before.includes('Ольга Beforehand') || before.includes('Afterwards'))
    problems.push(`the people before are not those that were added: ${before}`);
  await add('After The Restore');
  return {
    problems,
    figures: {
      people: String(before.split('\n').length),
      'backup.yml took': `${backup.seconds.toFixed(0)} s`,
      'restore.yml took': `${restore.seconds.toFixed(0)} s`,
      'from lost to drawn again': back,
      lost: 'the 2 who came after the backup',
    },
  };
}

async function add(name: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
  const body = JSON.stringify({ name });
  const answer = await fetch(`${address}/people`, { method: 'POST', headers, body });
  if (answer.status !== 201) throw new Error(`${name} could not be added: ${answer.status}`);
}

// People, and the seats from which they are drawn.
function everybody(stack: Stack): Promise<string> {
  const people = 'SELECT id, name, seat FROM people LEFT JOIN seats ON person_id = id ORDER BY id';
  return sql(stack, `${people}; SELECT * FROM seat_count`);
}

async function destroyVolume(stack: Stack): Promise<void> {
  await stack.docker(['service', 'scale', '--detach', 'motorpool_db=0']);
  const line =
    'docker ps --all --quiet --filter volume=motorpool_people | xargs -r docker rm && docker volume rm motorpool_people';
  await until('the database is gone', async () => (await inNode(node, line)) !== '', 60);
  await ensureDatabase(stack);
}

async function ensureDatabase(stack: Stack): Promise<void> {
  await stack.docker(['service', 'scale', '--detach', 'motorpool_db=1']);
}
