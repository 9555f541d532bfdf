import type { Event, Finding } from '../event.ts';
import type { Load } from '../load.ts';
import { probe } from '../probe.ts';
import { services } from '../release.ts';
import type { Stack } from '../stack.ts';
import { inVariant } from '../variant.ts';
import { ensureVersion } from './planned.ts';

/** The one thing that cannot be replaced without a gap: who holds the port of a node. */
export function nginxEvents(stack: Stack): Event[] {
  return [
    {
      name: 'NGINX is updated',
      group: 'Planned',
      promise:
        'An update of NGINX loses nothing that it has accepted, and a client that goes to the next node notices nothing.',
      prepare: () => ensureVersion(stack, services, '1.2.0'),
      load: { failover: true },
      happen: load => update(stack, load),
    },
  ];
}

async function update(stack: Stack, load: Load): Promise<Finding> {
  const probers = stack.targets.map(target => probe(`${target}/nginx-health`, 50));
  load.mark('a new nginx.conf');
  const another = (text: string) => text.replace('worker_connections 1024;', 'worker_connections 1025;');
  const there = await inVariant('nginx/nginx.conf', another, folder =>
    stack.deploy(['--version', '1.2.0'], folder),
  );
  load.mark('the old one again');
  const back = await stack.deploy(['--version', '1.2.0']);
  load.mark('done');
  const seen = await Promise.all(probers.map(prober => prober.stop()));
  const gaps = seen.flatMap(answers => gapsIn(answers));
  const problems = [there, back]
    .filter(({ code }) => code !== 0)
    .map(({ output }) => `the deploy failed: ${output.slice(-1500)}`);
  return {
    problems,
    figures: { 'gap on a node': `${Math.min(...gaps).toFixed(1)} to ${Math.max(...gaps).toFixed(1)} s` },
  };
}

/** How long a node's port was dead, each time, in seconds. */
function gapsIn(answers: { at: number; status: number }[]): number[] {
  const gaps: number[] = [];
  let lostAt: number | null = null;
  for (const { at, status } of answers) {
    if (status !== 200) lostAt ??= at;
    else if (lostAt !== null) {
      gaps.push((at - lostAt) / 1000);
      lostAt = null;
    }
  }
  return gaps;
}
