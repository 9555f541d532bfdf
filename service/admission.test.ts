import { connect, type Socket } from 'node:net';
import { expect, jest, test } from '@jest/globals';
import request from 'supertest';
import { until } from '../tests/support/until.ts';
import { limited } from './admission.ts';
import { commonSettings } from './common-settings.ts';
import { createBase, createService } from './service.ts';
import { readSettings } from './settings.ts';
import { listenWith } from './test-replica.ts';

/** A service with a limited route that answers when it is told to, and the ids of the requests that it has begun. */
function createHanging() {
  const base = createBase('service9', readSettings(commonSettings(1), { LOG_LEVEL: 'silent' }));
  const lines = jest.spyOn(base.log, 'info').mock.calls;
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  const begun: string[] = [];
  const routes = limited('hanging', base, ({ title }, id) => `<h1>${title}</h1><p>${id}</p>`, [
    [
      'get',
      '/hanging',
      async (incoming, response) => {
        begun.push(String(incoming.get('X-Request-Id')));
        await told;
        response.send('done');
      },
    ],
  ]);
  return { ...createService(base, routes), begun, tell, lines };
}

/** Asks until no more are let in than hang already. */
async function fill({ begun }: ReturnType<typeof createHanging>, ask: () => unknown): Promise<void> {
  await until('no place was left', () => {
    for (let count = 0; count < 8; count += 1) ask();
    return begun.length === 64;
  });
}

test('who finds no place is told so in the form asked for, with the id, and soon', async () => {
  const service = createHanging();
  const { app, tell, metrics, lines } = service;
  const open: Promise<{ status: number }>[] = [];
  await fill(service, () => open.push(request(app).get('/hanging').then()));

  const headers = { 'retry-after': '1', 'x-request-id': 'abcdefgh-1234', 'cache-control': 'no-store' };
  for (const [accept, body] of [
    ['text/html', '<h1>Busy right now</h1><p>abcdefgh-1234</p>'],
    ['application/json', /^\{.*"status":503,"title":"Busy right now",.*"requestId":"abcdefgh-1234"}$/],
    ['text/plain', /^Busy right now: .* \(request abcdefgh-1234\)\n$/],
  ] as const) {
    const began = performance.now();
    const asked = request(app).get('/hanging').set({ Accept: accept, 'X-Request-Id': 'abcdefgh-1234' });
    const answer = await asked.expect(503);
    expect(answer.text).toMatch(body);
    expect(answer.headers).toMatchObject(headers);
    expect(performance.now() - began).toBeLessThan(1000);
  }
  expect(lines.at(-1)?.[0]).toMatchObject({ requestId: 'abcdefgh-1234', route: '/hanging', status: 503 });
  await request(app).get('/health').expect(200);
  const { text } = await request(app).get('/metrics').expect(200);
  expect(text).toMatch(/^http_requests_refused_total\{kind="hanging",service="service9",.*} [1-9]\d*$/m);

  tell();
  const done = (await Promise.all(open)).filter(({ status }) => status === 200);
  expect(done).toHaveLength(64);
  await request(app).get('/hanging').expect(200);
  expect(await metrics.registry.metrics()).toMatch(/^http_requests_allowed\{kind="hanging",.*} [1-9]\d*$/m);
});

test('a client that hangs up makes no place for another: its work is not yet done', async () => {
  const service = createHanging();
  await using server = await listenWith(service.app);
  const sockets: Socket[] = [];
  await fill(service, () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET /hanging HTTP/1.1\r\nHost: x\r\n\r\n');
    sockets.push(socket);
  });
  for (const socket of sockets) socket.destroy();
  const hungUp = () => service.lines.filter(([line]) => Reflect.get(Object(line), 'status') === 499);
  await until('all have hung up', () => hungUp().length >= 64);
  await request(service.app).get('/hanging').expect(503);
  expect(service.begun).toHaveLength(64);
  service.tell();
  await request(service.app).get('/hanging').expect(200);
});
