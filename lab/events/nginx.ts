import type { Event, Finding } from '../event.ts';
import type { Load, LoadResult } from '../load.ts';
import { type Probed, probe } from '../probe.ts';
import type { Stack } from '../stack.ts';
import { inVariant } from '../variant.ts';
import { ensureDeployed, ensureVersion, good } from './ensure.ts';
import { deployed } from './updates.ts';

/** The one thing that cannot be replaced without a gap: who holds the port of a node. */
export function nginxEvents(stack: Stack): Event[] {
  return [
    {
      name: 'NGINX is updated',
      group: 'Planned',
      promise:
        'An update of NGINX loses nothing that it has accepted, and a client that goes to the next node notices nothing.',
      prepare: () => ensureVersion(stack),
      load: { failover: true },
      happen: load => update(stack, load),
      check: brokenOnNew,
      restore: () => ensureDeployed(stack, ['--version', good]),
    },
  ];
}

async function update(stack: Stack, load: Load): Promise<Finding> {
  const probers = stack.targets.map(target => probe(`${target}/nginx-health`, 50));
  try {
    const another = (text: string) => text.replace('worker_connections 1024;', 'worker_connections 1025;');
    const there = await inVariant('nginx/nginx.conf', another, folder =>
      deployed(stack, load, ['--version', good], 'a new nginx.conf', folder),
    );
    const back = await deployed(stack, load, ['--version', good], 'the old one again');
    const gaps = probers.flatMap(prober => gapsIn(prober.seen()));
    const gap =
      gaps.length > 0 ? `${Math.min(...gaps).toFixed(1)} to ${Math.max(...gaps).toFixed(1)} s` : 'none seen';
    return { problems: [...there.problems, ...back.problems], figures: { 'gap on a node': gap } };
  } finally {
    await Promise.all(probers.map(prober => prober.stop()));
  }
}

// A client's failover would hide it. On a kept connection it is no loss: HTTP lets either side hang up between requests.
async function brokenOnNew({ failovers }: LoadResult): Promise<string[]> {
  const { brokenNew } = failovers;
  return brokenNew > 0 ? [`${brokenNew} requests were broken after NGINX had accepted their connection`] : [];
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
