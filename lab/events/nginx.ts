import { readFile } from 'node:fs/promises';
import { inVariant } from '../deploy.ts';
import type { Event, Finding } from '../event.ts';
import type { Load, LoadResult } from '../load/load.ts';
import { type Probed, probe } from '../probe.ts';
import type { Stack } from '../stack.ts';
import { ensureDeployed, ensureVersion, good } from './shared/ensure.ts';
import { idleAtReplicas, requestAtNginx, whileHeld } from './shared/held.ts';
import { deployed, together } from './shared/under-load.ts';

const longestGap = 5; // seconds; it takes a second or two

/** The one thing that cannot be replaced without a gap: who holds the port of a node. */
export default function nginxEvents(stack: Stack): Event[] {
  return [
    {
      name: 'NGINX is updated',
      group: 'Planned',
      promise: `An update of NGINX loses nothing that it has accepted, each node refuses for less than ${longestGap} s, and a client that goes to the next node notices nothing. Meanwhile no replica hangs up on an idle connection before NGINX would.`,
      prepare: () => ensureVersion(stack),
      load: { failover: true },
      happen: load => updateTwice(stack, load),
      check: brokenOnNew,
      restore: () => ensureDeployed(stack, ['--version', good]),
    },
  ];
}

async function updateTwice(stack: Stack, load: Load): Promise<Finding> {
  const probers = stack.targets.map(target => probe(`${target}/nginx-health`, 50));
  const another = (text: string) => text.replace('worker_connections 1024;', 'worker_connections 1025;');
  const update = (label: string, folder?: string) =>
    whileHeld(stack.targets.map(requestAtNginx), () =>
      deployed(stack, load, ['--version', good], label, folder),
    );
  try {
    const found = await whileHeld(await idleAtReplicas(stack, (await keptByNginx()) + 1), async () => {
      const there = await inVariant('nginx/nginx.conf', another, folder =>
        update('a new nginx.conf', folder),
      );
      return together([there, await update('the old one again')]);
    });
    return together([found, judgeGaps(probers.map(prober => gapsIn(prober.seen())))]);
  } finally {
    await Promise.all(probers.map(prober => prober.stop()));
  }
}

/** How long NGINX keeps an idle connection to a replica, in seconds. */
async function keptByNginx(): Promise<number> {
  const text = await readFile('nginx/nginx.conf', 'utf8');
  const [, seconds] = /upstream service1 \{[^}]*keepalive_timeout (\d+)s;/.exec(text) ?? [];
  if (!seconds) throw new Error('nginx.conf does not say how long it keeps a connection to a replica.');
  return Number(seconds);
}

// A client's failover would hide it. On a kept connection it is no loss: HTTP lets either side hang up between requests.
async function brokenOnNew({ failovers }: LoadResult): Promise<string[]> {
  const { brokenNew } = failovers;
  return brokenNew > 0 ? [`${brokenNew} requests were broken after NGINX had accepted their connection`] : [];
}

function judgeGaps(gapsOfNodes: number[][]): Finding {
  const gaps = gapsOfNodes.flat();
  const problems = gaps.some(gap => gap >= longestGap) ? ['a node refused for too long'] : [];
  if (gapsOfNodes.some(gapsOfNode => gapsOfNode.length === 0))
    problems.push('a node never refused, so it was not updated');
  const figure = `${Math.min(...gaps).toFixed(1)} to ${Math.max(...gaps).toFixed(1)} s`;
  return { problems, figures: { 'a node refuses for': gaps.length > 0 ? figure : 'none seen' } };
}

/** How long a node's port was dead, each time, in seconds. A gap that does not end counts up to the last answer. */
function gapsIn(answers: Probed[]): number[] {
  const gaps: number[] = [];
  let lostAt: number | null = null;
  for (const { at, status } of answers) {
    if (status !== 200) lostAt ??= at;
    else if (lostAt !== null) {
      gaps.push((at - lostAt) / 1000);
      lostAt = null;
    }
  }
  const end = answers.at(-1)?.at ?? 0;
  return lostAt === null ? gaps : [...gaps, (end - lostAt) / 1000];
}
