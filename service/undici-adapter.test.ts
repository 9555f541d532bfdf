import type { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { Axios } from 'axios';
import { requestContext } from './context.ts';
import { listenWith } from './test-replica.ts';
import { TooLate } from './time-limit.ts';
import { undiciSender } from './undici-adapter.ts';

const http = new Axios();

async function replicaWith(listener: Parameters<typeof listenWith>[0]) {
  const replica = await listenWith(listener);
  const { adapter, close } = undiciSender('127.0.0.1', replica.port, 'service2:5001');
  return {
    get: (url: string, timeout = 1000) => http.request({ url, adapter, timeout }),
    async [Symbol.asyncDispose]() {
      await close();
      await replica[Symbol.asyncDispose]();
    },
  };
}

describe('When axios sends over undici', () => {
  test('path, the id of the request, its place in a trace, the form and the host that names the service arrive', async () => {
    await using replica = await replicaWith(({ method, url, headers }, response) => {
      response.end(JSON.stringify({ method, url, ...headers }));
    });
    const trace = { traceparent: '00-trace-span-01', tracestate: 'vendor=1' };
    const context = { requestId: 'abcdefgh', trace, timings: [] };
    const { data } = await requestContext.run(context, () => replica.get('/number?min=1&max=9'));
    expect(JSON.parse(data)).toEqual({
      method: 'GET',
      url: '/number?min=1&max=9',
      host: 'service2:5001',
      accept: 'application/json',
      'x-request-id': 'abcdefgh',
      ...trace,
      connection: 'keep-alive',
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

  test('however many ask at once, a replica that hangs holds 128 connections', async () => {
    const sockets = new Set<Socket>();
    let most = 0;
    await using replica = await replicaWith(({ socket }) => {
      most = Math.max(most, sockets.add(socket).size);
      socket.once('close', () => sockets.delete(socket));
    });
    const late = Array.from({ length: 300 }, () => replica.get('/', 300).catch(error => error));
    for (const error of await Promise.all(late)) expect(error).toBeInstanceOf(TooLate);
    expect(most).toBe(128);
  });

  test.each([
    ['says nothing', () => {}],
    [
      'stops after half a body',
      (_request, response) => void response.writeHead(200, { 'Content-Length': 10 }).write('half'),
    ],
  ] as [string, Parameters<typeof listenWith>[0]][])(
    'a replica that %s is hung up on when the time is over',
    async (_what, listener) => {
      let hungUp: Promise<unknown> | undefined;
      await using replica = await replicaWith((request, response) => {
        hungUp = new Promise(resolve => request.socket.once('close', resolve));
        listener(request, response);
      });
      const began = performance.now();
      await expect(replica.get('/', 100)).rejects.toThrow(TooLate);
      expect(performance.now() - began).toBeLessThan(200);
      await hungUp;
    },
  );

  test.each([
    ['a connection that breaks off', (socket: Socket) => socket.destroy()],
    ['a reset', (socket: Socket) => socket.resetAndDestroy()],
    ['half a body', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')],
    ['what is no HTTP', (socket: Socket) => socket.end('rubbish\r\n\r\n')],
  ])('%s fails', async (_what, breakOff) => {
    await using replica = await replicaWith(({ socket }) => breakOff(socket));
    await expect(replica.get('/')).rejects.toThrow();
  });

  test('an answer of more than 64 KB fails', async () => {
    await using replica = await replicaWith((_request, response) => response.end('x'.repeat(65_537)));
    await expect(replica.get('/')).rejects.toThrow();
  });
});
