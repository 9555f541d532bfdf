import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { describeWith } from './support/missing.ts';
import { type Nginx, startNginx } from './support/nginx.ts';
import { residentBytes } from './support/program.ts';
import { sendRaw } from './support/raw.ts';
import { send } from './support/send.ts';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const clients = 5000;
const attacker = '127.0.0.9';
const compose = parse(readFileSync(new URL('../docker-compose.yml', import.meta.url), 'utf8'), {
  merge: true,
});
const memoryBytes = Number.parseInt(compose.services.nginx.deploy.resources.limits.memory, 10) * 2 ** 20;

const kinds = [
  ['say nothing', '', ''],
  ['send half a head', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(500)}`, 'a'],
  [
    'send a body byte by byte',
    'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4000\r\n',
    'a',
  ],
] as const;

const halfPost =
  'POST /people HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{';

describeWith(['nginx'], `${clients} connections of one address`, () => {
  let system: System;
  let nginx: Nginx;
  beforeAll(async () => {
    system = await startSystem();
    nginx = await startNginx({ port: system.service1.port, replicas: ['127.0.0.1'] });
  });

  test.each(kinds)('that %s keep nobody out of NGINX, and it stays well', async (_what, first, more) => {
    await using crowd = await comeTogether(nginx.port, first);
    expect(residentBytes(nginx.pid)).toBeLessThan(memoryBytes * 0.7); // the rest is for what the kernel keeps of each
    for (let round = 0; round < 5; round++) {
      crowd.send(more);
      expect(await statuses(nginx.url)).toEqual([200, 200, 200, 201]);
      const health = await sendRaw(nginx.port, 'GET /nginx-health HTTP/1.0\r\n\r\n');
      expect(health).toMatchObject({ status: 200, body: 'ok\n' });
      await pause(100);
    }
    expect(nginx.accessLog().filter(({ status }) => status >= 500)).toEqual([]);
    expect(nginx.errorLog()).not.toMatch(/worker_connections|\[(alert|crit|emerg)\]/);
  });

  test('that send half a body keep nobody out of service 1 itself', async () => {
    await using crowd = await comeTogether(system.service1.port, halfPost);
    for (let round = 0; round < 5; round++) {
      crowd.send('a');
      expect(await statuses(system.url)).toEqual([200, 200, 200, 201]);
      await pause(100);
    }
  });
});

/** As many connections of one address; `await using` ends them. */
async function comeTogether(port: number, first: string) {
  const sockets: Socket[] = [];
  let connected = 0;
  for (let count = 0; count < clients; count++) {
    const socket = connect({ port, host: '127.0.0.1', localAddress: attacker }, () => {
      connected += 1;
      if (first) socket.write(first);
    });
    sockets.push(socket.on('error', () => {}).resume());
    if (count % 100 === 0) await pause(1);
  }
  await until('all were there', () => connected === clients);
  return {
    send: (bytes: string) => {
      for (const socket of sockets) if (bytes && socket.writable) socket.write(bytes);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** What another address gets at the same time, and the same one: draws, and one who is added. */
async function statuses(url: string): Promise<number[]> {
  const headers = { 'Content-Type': 'application/json' };
  const answers = await Promise.all([
    send(url, '/'),
    send(url, '/', { headers: { Accept: 'application/json' } }),
    send(url, '/', { from: attacker }),
    send(url, '/people', { method: 'POST', headers, body: '{"name":"Amelia"}', from: attacker }),
  ]);
  return answers.map(({ status }) => status);
}
