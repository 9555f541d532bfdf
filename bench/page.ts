import { setTimeout as pause } from 'node:timers/promises';
import { startLoad } from '../lab/load/load.ts';
import { fillMysql } from '../tests/support/filled.ts';
import { startMysql } from '../tests/support/mysql.ts';
import { startNginx } from '../tests/support/nginx.ts';
import { startSystem } from '../tests/support/system.ts';
import { startReference } from './reference/start.ts';

/*
 * Measures the page through NGINX on real MySQL, in turn: the four services with everything on, and the bare reference.
 * Figures differ from machine to machine and from hour to hour; their ratio hardly does. Exits with 1 if it is too low.
 * `npm run bench [-- TURNS [SECONDS]]`
 */

/** Good answers per second, the time that the middle and the slowest hundredth took in ms, and the failed. */
type Turn = { perSecond: number; p50: number; p99: number; failed: number };

/** How many keep-alive connections ask at the same time. */
const connections = 24;
const floor = 0.4;

const [turns = 5, seconds = 5] = process.argv.slice(2).map(Number);

const mysql = await startMysql();
const access = await fillMysql(mysql);
const env = { NODE_ENV: 'production' };
const overrides = { service1: env, service2: env, service3: env, service4: env };
const system = await startSystem({ mysql: access, overrides });
const replicas = ['127.0.0.1'];
const motorpool = await startNginx({ port: system.service1.port, replicas });
const reference = await startNginx({ port: await startReference(access), replicas });

console.log(`GET / through NGINX, MySQL ${mysql.version}, Node ${process.version}:`);
console.log(`${turns} turns of ${seconds} s each, ${connections} keep-alive connections, after a warm-up.`);
console.log(
  `A page has ${await bytesOf(motorpool.url)} bytes, the reference ${await bytesOf(reference.url)}.\n`,
);

for (const { url } of [motorpool, reference]) await load(url, seconds);

console.log('          motorpool                             reference');
console.log('  turn  pages/s   p50 ms   p99 ms   failed    pages/s   p50 ms   p99 ms   failed');
const measured: { motorpool: Turn[]; reference: Turn[] } = { motorpool: [], reference: [] };
for (let turn = 1; turn <= turns; turn += 1) {
  const [one, other] = [await load(motorpool.url, seconds), await load(reference.url, seconds)];
  measured.motorpool.push(one);
  measured.reference.push(other);
  print(String(turn), one, other);
}
const [one, other] = [medianOf(measured.motorpool), medianOf(measured.reference)];
print('median', one, other);
const ratio = one.perSecond / other.perSecond;
console.log(`\nRatio of the medians of pages/s: ${ratio.toFixed(2)} (at least ${floor})`);
process.exit(ratio >= floor && one.failed + other.failed === 0 ? 0 : 1);

/** Asks for a page again and again, for some seconds; what is not answered with 200 has failed. */
async function load(url: string, seconds: number): Promise<Turn> {
  const options = { perSecond: 0, postsPerSecond: 0, failover: false, timeoutMs: 10_000, onlyStatus: true };
  const running = await startLoad({ targets: [url], clients: connections, ...options });
  await pause(seconds * 1000);
  const { requests, duration, p50, p99, failed } = await running.stop();
  return { perSecond: ((requests - failed) * 1000) / duration, p50, p99, failed };
}

async function bytesOf(url: string): Promise<number> {
  const answer = await fetch(url, { headers: { 'Accept-Encoding': 'identity' } });
  return (await answer.arrayBuffer()).byteLength;
}

function print(turn: string, ...figures: Turn[]): void {
  const columns = figures.map(({ perSecond, p50, p99, failed }) =>
    [perSecond, p50, p99, failed].map(figure => figure.toFixed(0).padStart(7)).join('  '),
  );
  console.log([turn.padStart(6), ...columns].join('  '));
}

function medianOf(figures: Turn[]): Turn {
  const middle = (key: keyof Turn) => {
    const sorted = figures.map(turn => turn[key]).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  };
  return { perSecond: middle('perSecond'), p50: middle('p50'), p99: middle('p99'), failed: middle('failed') };
}
