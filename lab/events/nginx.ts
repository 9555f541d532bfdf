import { readFile } from 'node:fs/promises';
import { inVariant } from '../deploy.ts';
import type { Event, Finding } from '../event.ts';
import type { Load } from '../load/load.ts';
import type { Stack } from '../stack.ts';
import { ensureDeployed, ensureVersion, good } from './shared/ensure.ts';
import { idleAtReplicas, requestAtNginx, whileHeld } from './shared/held.ts';
import { brokenOnNew, deployed, knocksTwiceMs, together } from './shared/under-load.ts';

const answeredAndSoonBack = /^201 Created(, announced)?, closed for \d\.\d s$/; // two or three seconds are usual

/** The one thing that cannot be replaced without a gap: who holds the port of a node. */
export default function nginxEvents(stack: Stack): Event[] {
  return [
    {
      name: 'NGINX is updated',
      group: 'Planned',
      promise:
        'An update of NGINX loses nothing that it has accepted, each node refuses for less than 10 s, and a client that goes to the next node notices nothing. Meanwhile no replica hangs up on an idle connection before NGINX would.',
      prepare: () => ensureVersion(stack),
      load: { failover: true },
      slowestMs: knocksTwiceMs,
      happen: load => updateTwice(stack, load),
      check: brokenOnNew,
      restore: () => ensureDeployed(stack, ['--version', good]),
    },
  ];
}

async function updateTwice(stack: Stack, load: Load): Promise<Finding> {
  const doors = (when: string) =>
    stack.targets.map(requestAtNginx).map(door => ({
      ...door,
      what: `${door.what}, ${when}`,
      wanted: answeredAndSoonBack,
    }));
  const update = (label: string, folder?: string) =>
    whileHeld(doors(label), () => deployed(stack, load, ['--version', good], label, folder));
  const another = (text: string) =>
    text.replace(/(?<=worker_connections )\d+/, most => String(Number(most) + 1));
  return whileHeld(await idleAtReplicas(stack, (await keptByNginx()) + 1), async () => {
    const there = await inVariant('nginx/nginx.conf', another, folder => update('a new nginx.conf', folder));
    return together([there, await update('the old one again')]);
  });
}

/** How long NGINX keeps an idle connection to a replica, in seconds. */
async function keptByNginx(): Promise<number> {
  const text = await readFile('nginx/nginx.conf', 'utf8');
  const [, seconds] = /upstream service1 \{[^}]*keepalive_timeout (\d+)s;/.exec(text) ?? [];
  if (!seconds) throw new Error('nginx.conf does not say how long it keeps a connection to a replica.');
  return Number(seconds);
}
