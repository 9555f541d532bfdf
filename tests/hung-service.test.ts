import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { startLoad } from '../lab/load/load.ts';
import { startDeaf } from './support/deaf.ts';
import { send } from './support/send.ts';
import { startService } from './support/service.ts';
import { startSystem } from './support/system.ts';
import { until } from './support/until.ts';

// What has no bound is far above it by then; a minute shows nothing else.
const seconds = 8;

test('under 50 draws a second, a service whose SYNs vanish costs no more time and connections than it may', async () => {
  const { service4, url } = await startSystem();
  service4.kill('SIGKILL');
  await service4.exited;
  const { port, stop } = await startDeaf(service4.port);
  const load = await startLoad({
    targets: [url],
    perSecond: 50,
    postsPerSecond: 0,
    failover: false,
    timeoutMs: 5000,
    onlyStatus: true,
  });
  const seen: number[] = [];
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await pause(50)) {
    seen.push(connectingTo(port));
  }
  await stop();
  await startService('service4', { port });
  await until('a draw succeeded', async () => (await send(url, '/')).status === 200, 2000);
  const { failures } = await load.stop();

  // Each is given up after 300 ms: 50 a second, a fifth of them once more, and those that may be at once.
  expect(Math.max(...seen)).toBeGreaterThan(5);
  expect(Math.max(...seen)).toBeLessThanOrEqual(128);
  expect(Math.max(...seen.slice(-20))).toBeLessThan(40);
  expect(failures.length).toBeGreaterThan(40 * seconds);
  expect(new Set(failures.map(({ status }) => status))).toEqual(new Set([503]));
  // A draw's 1.6 s, and what a busy machine adds: less than NGINX waits for.
  for (const { after } of failures) expect(after).toBeLessThan(2500);
});

/** How many connections to a port have sent their SYN and heard nothing; proc_net_tcp(5). */
function connectingTo(port: number): number {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map(row => row.trim().split(/ +/));
  return rows.filter(([, , address = '', state]) => address.endsWith(remote) && state === '02').length;
}
