import { openSync } from 'node:fs';
import { goodPerSecond, loadFor } from '../lab/load/load.ts';
import { fillMysql } from '../tests/support/filled.ts';
import { startMysql } from '../tests/support/mysql.ts';
import { startNginx } from '../tests/support/nginx.ts';
import { startSystem } from '../tests/support/system.ts';
import { cpuOf } from './cpu.ts';
import { partsOrEnd } from './parts.ts';
import { startReference } from './reference/start.ts';

/*
 * Measures the page through NGINX on real MySQL, in turn: the four services with everything on, and the bare reference;
 * nobody reads what either writes. Figures differ from machine to machine and from hour to hour; their ratio hardly
 * does. Prints the processor time of a draw too, by service. Exits with 1 if the ratio is too low.
 * `npm run bench [-- TURNS [SECONDS]]`
 */

/** Where its pages are, and the processes of its services 1 to 4. */
type Side = { url: string; pids: number[] };

/**
 * Good answers per second, the time that the middle and the slowest hundredth took in ms, the failed, and the
 * processor's ms per draw in services 1 to 4.
 */
type Turn = { perSecond: number; p50: number; p99: number; failed: number; cpu: number[] };

/** How many keep-alive connections ask at the same time. */
const connections = 24;
const floor = 0.5;

const [turns = 5, seconds = 5] = process.argv.slice(2).map(Number);

partsOrEnd('mysqld', 'nginx');
const mysql = await startMysql();
const access = await fillMysql(mysql);
const outputTo = openSync('/dev/null', 'w');
const env = { NODE_ENV: 'production' };
const overrides = { service1: env, service2: env, service3: env, service4: env };
const { service1, service2, service3, service4 } = await startSystem({ mysql: access, overrides, outputTo });
const motorpool = await sideOf([service1, service2, service3, service4]);
const reference = await sideOf(await startReference(access, outputTo));

console.log(`GET / through NGINX, MySQL ${mysql.version}, Node ${process.version}:`);
console.log(`${turns} turns of ${seconds} s each, ${connections} keep-alive connections, after a warm-up.`);
console.log(
  `A page has ${await bytesOf(motorpool.url)} bytes, the reference ${await bytesOf(reference.url)}.\n`,
);

for (const side of [motorpool, reference]) await load(side, seconds);

console.log('          motorpool                             reference');
console.log('  turn  pages/s   p50 ms   p99 ms   failed    pages/s   p50 ms   p99 ms   failed');
const measured: { motorpool: Turn[]; reference: Turn[] } = { motorpool: [], reference: [] };
for (let turn = 1; turn <= turns; turn += 1) {
  const [one, other] = [await load(motorpool, seconds), await load(reference, seconds)];
  measured.motorpool.push(one);
  measured.reference.push(other);
  print(String(turn), one, other);
}
const [one, other] = [medianOf(measured.motorpool), medianOf(measured.reference)];
print('median', one, other);

console.log('\nProcessor time of a draw in ms (medians):');
console.log('             service1  service2  service3  service4  together');
for (const [name, { cpu }] of Object.entries({ motorpool: one, reference: other })) {
  const columns = [...cpu, sumOf(cpu)].map(milliseconds => milliseconds.toFixed(3).padStart(10));
  console.log(`  ${name}${columns.join('')}`);
}

const ratio = one.perSecond / other.perSecond;
console.log(`\nRatio of the medians of pages/s: ${ratio.toFixed(2)} (at least ${floor})`);
console.log(`Ratio of the processor time of a draw: ${(sumOf(one.cpu) / sumOf(other.cpu)).toFixed(2)}`);
process.exit(ratio >= floor && one.failed + other.failed === 0 ? 0 : 1);

/** Puts an NGINX in front of services 1 to 4. */
async function sideOf(services: { port: number; pid: number }[]): Promise<Side> {
  const { url } = await startNginx({ port: services[0]?.port ?? 0, replicas: ['127.0.0.1'] });
  return { url, pids: services.map(({ pid }) => pid) };
}

/** Asks for a page again and again, for some seconds; what is not answered with 200 has failed. */
async function load({ url, pids }: Side, seconds: number): Promise<Turn> {
  const before = cpuOf(pids);
  const options = { targets: [url], clients: connections, timeoutMs: 10_000, onlyStatus: true };
  const result = await loadFor(seconds, options);
  const { requests, p50, p99, failed } = result;
  const cpu = cpuOf(pids).map((used, index) => (used - (before[index] ?? 0)) / requests);
  return { perSecond: goodPerSecond(result), p50, p99, failed, cpu };
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
  const middle = (figureOf: (turn: Turn) => number) => {
    const sorted = figures.map(figureOf).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  };
  return {
    perSecond: middle(turn => turn.perSecond),
    p50: middle(turn => turn.p50),
    p99: middle(turn => turn.p99),
    failed: middle(turn => turn.failed),
    cpu: [0, 1, 2, 3].map(index => middle(turn => turn.cpu[index] ?? 0)),
  };
}

function sumOf(figures: number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0);
}
