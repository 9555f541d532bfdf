import { once } from 'node:events';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import fc from 'fast-check';
import { sendRaw } from '../tests/support/raw.ts';
import { until } from '../tests/support/until.ts';
import { commonSettings } from './common-settings.ts';
import { createHttpServer } from './http-server.ts';
import { createBase, createService } from './service.ts';
import { readSettings } from './settings.ts';

const { base, lines } = logged();
const service = createService(base, [
  ['get', '/slow', async (_request, response) => void response.send(await pause(100, 'done'))],
  ['post', '/body', express.json({ limit: '16kb' }), (request, response) => void response.json(request.body)],
]);
const server = createHttpServer(service);
let port = 0;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = Object(server.address()).port;
});
afterAll(() => void server.close().closeAllConnections());

/** A service's parts, with the log lines that it writes. */
function logged() {
  const base = createBase('service9', readSettings(commonSettings(5000), {}));
  const lines: Record<string, unknown>[] = [];
  base.log.info = ((line: Record<string, unknown>) => void lines.push(line)) as typeof base.log.info;
  return { base, lines };
}

/** All that comes back on a connection, for pieces sent one after the other. */
async function converse(...pieces: string[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  const heard = text(socket.pipe(new PassThrough()));
  for (const piece of pieces) {
    socket.write(piece);
    await pause(20);
  }
  return heard;
}

describe('When Node cannot read a request', () => {
  test('the answer has its form and its id, and is logged and counted', async () => {
    const head = 'GET /x HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nX-Request-Id: abcd-1234\r\n';
    const { status, body } = await sendRaw(port, `${head}X-A: a\x01b\r\n\r\n`);
    expect(JSON.parse(body)).toMatchObject({ status: 400, requestId: 'abcd-1234' });
    expect(status).toBe(400);
    await until('it was logged', () => lines.some(line => line.requestId === 'abcd-1234'));
    expect(lines.find(line => line.requestId === 'abcd-1234')).toMatchObject({
      ...{ method: 'GET', path: '/x', route: 'none', status: 400 },
    });
    const counted = /^http_request_duration_seconds_count\{.*method="GET",route="none",status="400"\} 1$/m;
    expect(counted.test(await service.metrics.registry.metrics())).toBe(true);
  });

  test('an unknown method answers 405 with those that there are, and is counted as other', async () => {
    const { status, head } = await sendRaw(port, 'BREW /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    expect([status, head]).toEqual([405, expect.stringContaining('Allow: GET, HEAD')]);
    const { status: elsewhere } = await sendRaw(port, 'BREW /x HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(elsewhere).toBe(404);
    const metrics = await service.metrics.registry.metrics();
    expect([metrics.includes('method="other"'), metrics.includes('BREW')]).toEqual([true, false]);
  });

  test.each(['HEAD / HTTP/1.1\r\nA: \x01', 'HEAD /\0 HTTP/1.1'])('%j gets no body', async head => {
    const { status, body } = await sendRaw(port, `${head}\r\nHost: x\r\n\r\n`);
    expect([status, body]).toEqual([400, '']);
  });

  test('what was asked before it on the connection is answered before it', async () => {
    const both = await converse('GET /slow HTTP/1.1\r\nHost: x\r\n\r\nNONSENSE\r\n\r\n');
    expect(both).toMatch(/^HTTP\/1.1 200 .*\r\n\r\ndoneHTTP\/1.1 400 .*makes no sense/s);
  });

  test('who asks for a proxy after something else, or hangs up at once, ends nobody', async () => {
    const connecting = 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n';
    const heard = await converse(`GET /slow HTTP/1.1\r\nHost: x\r\n\r\n${connecting}`);
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 405']);
    for (let count = 0; count < 50; count += 1) {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.write(connecting, () => socket.resetAndDestroy());
      await once(socket, 'close');
    }
    expect((await sendRaw(port, `GET /slow HTTP/1.0\r\n\r\n`)).status).toBe(200);
  });

  test('a body that breaks off or is no chunk answers 400, in the form of the request', async () => {
    const head =
      'POST /body HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nContent-Type: application/json\r\n';
    const broken = await converse(`${head}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`, 'zz\r\n');
    expect(broken).toMatch(/^HTTP\/1.1 400 .*"status":400/s);
    const short = await sendRaw(port, `${head}Content-Length: 99999\r\n\r\n{`);
    expect(short.status).toBeGreaterThanOrEqual(400);
  });

  test('the connection is not reset while a lot is still being sent', async () => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const errors: unknown[] = [];
    socket.on('error', error => errors.push(error)).resume();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nA: \x01\r\n');
    await once(socket, 'end');
    for (let piece = 0; piece < 10; piece++) {
      socket.write('x'.repeat(100_000));
      await pause(20);
    }
    expect(errors).toEqual([]);
    socket.destroy();
  });

  test.each(['http://[::/', 'http://a:99999/', 'ftp://'])('the address %s answers 400', async address => {
    expect((await sendRaw(port, `GET ${address} HTTP/1.1\r\nHost: x\r\n\r\n`)).status).toBe(400);
  });

  test('a whole address is taken for its path', async () => {
    const request = 'GET http://x/slow?y HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    expect(await sendRaw(port, request)).toMatchObject({ status: 200, body: 'done' });
  });

  test('whatever the bytes are, there is an answer with an id, and the next one is served', async () => {
    const bytes = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.string({ minLength: 1 }).map(line => `GET / HTTP/1.1\r\nHost: x\r\n${line}\r\n\r\n`),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async sent => {
        const answer = await converse(`${sent}\r\n\r\n\x01`);
        expect(answer).toMatch(/^HTTP\/1.1 [45]\d\d .*\r\nX-Request-Id: [\w.-]{8,}\r\n/s);
      }),
      { numRuns: 100 },
    );
    const { status } = await sendRaw(port, 'GET /slow HTTP/1.0\r\n\r\n');
    expect(status).toBe(200);
  });
});

describe('When a client has closed its side', () => {
  test('what it has asked for is answered', async () => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 .*done$/s);
  });

  test('half a head answers 400', async () => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end('GET /slow HTTP/1.1\r\nHo');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 .*X-Request-Id: /s);
  });
});
