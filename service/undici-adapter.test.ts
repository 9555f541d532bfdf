import type { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import axios from 'axios';
import { Pool } from 'undici';
import { listenWith } from './test-replica.ts';
import { undiciAdapter } from './undici-adapter.ts';

async function replicaWith(listener: Parameters<typeof listenWith>[0]) {
  const replica = await listenWith(listener);
  const pool = new Pool(replica.url, { maxResponseSize: 1000 });
  const adapter = undiciAdapter(pool, 'service2:5001');
  return {
    get: (path: string, signal?: AbortSignal) =>
      axios.get(path, {
        adapter,
        signal,
        validateStatus: null,
        responseType: 'text',
        headers: { 'X-Request-Id': 'abc' },
      }),
    async [Symbol.asyncDispose]() {
      await pool.destroy();
      await replica[Symbol.asyncDispose]();
    },
  };
}

describe('When axios sends over undici', () => {
  test('path, headers and the host that names the service arrive', async () => {
    await using replica = await replicaWith(({ method, url, headers }, response) => {
      response.end(JSON.stringify({ method, url, host: headers.host, id: headers['x-request-id'] }));
    });
    const { data } = await replica.get('/number?min=1&max=9');
    expect(JSON.parse(data)).toEqual({
      method: 'GET',
      url: '/number?min=1&max=9',
      host: 'service2:5001',
      id: 'abc',
    });
  });

  test('the answer has its status, its headers and its text, whatever the status', async () => {
    await using replica = await replicaWith((_request, response) => {
      response.writeHead(503, { 'X-Instance': 'one' }).end('wörds');
    });
    expect(await replica.get('/')).toMatchObject({
      status: 503,
      data: 'wörds',
      headers: { 'x-instance': 'one' },
    });
  });

  test('connections are kept for later requests', async () => {
    const ports = new Set<number | undefined>();
    await using replica = await replicaWith((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    for (let call = 0; call < 20; call += 1) await replica.get('/');
    expect(ports.size).toBeLessThan(5);
  });

  test('an aborted request fails, also after half a body', async () => {
    const abort = new AbortController();
    await using replica = await replicaWith((_request, response) => {
      response.writeHead(200, { 'Content-Length': 10 }).write('half', () => abort.abort());
    });
    await expect(replica.get('/', abort.signal)).rejects.toThrow('canceled');
  });

  test.each([
    ['a connection that breaks off', (socket: Socket) => socket.destroy()],
    ['a reset', (socket: Socket) => socket.resetAndDestroy()],
    ['half a body', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')],
    ['what is no HTTP', (socket: Socket) => socket.end('rubbish\r\n\r\n')],
  ])('%s fails', async (_what, breakOff) => {
    await using replica = await replicaWith(({ socket }) => breakOff(socket));
    await expect(replica.get('/')).rejects.toThrow();
  });

  test('an answer larger than the pool allows fails', async () => {
    await using replica = await replicaWith((_request, response) => response.end('x'.repeat(1001)));
    await expect(replica.get('/')).rejects.toThrow();
  });
});
