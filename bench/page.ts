import { startMysql } from '../tests/support/mysql.ts';
import { startNginx } from '../tests/support/nginx.ts';
import { startSystem } from '../tests/support/system.ts';
import { fillDatabase } from './database.ts';
import { connections, load, type Turn } from './load.ts';
import { startReference } from './reference/start.ts';

/*
 * Measures the page through NGINX on real MySQL, in turn: the four services with everything on, and the bare reference.
 * Figures differ from machine to machine and from hour to hour; their ratio hardly does.
 * `npm run bench [-- TURNS [SECONDS]]`
 */

const [turns = 5, seconds = 5] = process.argv.slice(2).map(Number);

const mysql = await startMysql();
const access = await fillDatabase(mysql);
const env = { NODE_ENV: 'production' };
const overrides = { service1: env, service2: env, service3: env, service4: env };
const system = await startSystem({ mysql: access, overrides });
const motorpool = await startNginx({ port: system.service1.port, replicas: ['127.0.0.1'] });
const reference = await startNginx({ port: await startReference(access), replicas: ['127.0.0.1'] });

console.log(`GET / through NGINX, MySQL ${mysql.version}, Node ${process.version}:`);
console.log(`${turns} turns of ${seconds} s each, ${connections} keep-alive connections, after a warm-up.`);
console.log(
  `Bytes of a page: ${await bytesOf(motorpool.url)}, of the reference ${await bytesOf(reference.url)}.`,
);

for (const { url } of [motorpool, reference]) await load(url, seconds);

const rows: { motorpool: Turn; reference: Turn }[] = [];
console.log('\n        motorpool                     reference');
console.log(' turn   pages/s   p50 ms   p99 ms     pages/s   p50 ms   p99 ms');
for (let turn = 1; turn <= turns; turn += 1) {
  const row = {
    motorpool: await load(motorpool.url, seconds),
    reference: await load(reference.url, seconds),
  };
  rows.push(row);
  print(String(turn), row.motorpool, row.reference);
}

const medians = {
  motorpool: medianOf(rows.map(row => row.motorpool)),
  reference: medianOf(rows.map(row => row.reference)),
};
print('median', medians.motorpool, medians.reference);
console.log(
  `\nRatio of the medians of pages/s: ${(medians.motorpool.perSecond / medians.reference.perSecond).toFixed(2)}`,
);
process.exit();

async function bytesOf(url: string): Promise<number> {
  const answer = await fetch(url, { headers: { 'Accept-Encoding': 'identity' } });
  return (await answer.arrayBuffer()).byteLength;
}

function print(turn: string, ...measured: Turn[]): void {
  const figures = measured.map(({ perSecond, p50, p99 }) =>
    [perSecond, p50, p99].map(figure => figure.toFixed(0).padStart(7)).join('  '),
  );
  console.log([turn.padStart(6), ...figures].join('   '));
}

function medianOf(measured: Turn[]): Turn {
  const middle = (key: keyof Turn) =>
    measured.map(turn => turn[key]).sort((a, b) => a - b)[Math.floor(measured.length / 2)] ?? 0;
  return { perSecond: middle('perSecond'), p50: middle('p50'), p99: middle('p99') };
}
