import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, jest, test } from '@jest/globals';
import type { RequestHandler } from 'express';
import request from 'supertest';
import { until } from '../tests/support/until.ts';
import { commonSettings } from './common-settings.ts';
import { requestContext } from './context.ts';
import { createBase, createService } from './service.ts';
import { readSettings } from './settings.ts';
import { listenWith } from './test-replica.ts';

function serviceWith(handler: RequestHandler) {
  const settings = readSettings(commonSettings(1), {
    LOG_LEVEL: 'silent',
    INSTANCE: 'one',
    VERSION: '1.2.3',
  });
  const base = createBase('service9', settings);
  const info = jest.spyOn(base.log, 'info');
  return { ...createService(base, [['get', '/things/:id', handler]]), lines: info.mock.calls };
}

test('a response names who gave it, and how long it took', async () => {
  const { app } = serviceWith((_request, response) => {
    requestContext.getStore()?.timings.push(['database', 12.3456]);
    response.send('thing');
  });
  const { headers } = await request(app).get('/things/7');
  expect(headers).toMatchObject({ 'x-instance': 'one', 'x-version': '1.2.3' });
  expect(headers['server-timing']).toMatch(/^database;dur=12\.35, total;dur=[\d.]+$/);
});

test('the id of the request is the same in the handler, in the response and in the log line', async () => {
  const { app, lines } = serviceWith((_request, response) =>
    response.send(requestContext.getStore()?.requestId),
  );
  const { text, headers } = await request(app).get('/things/7').set('X-Request-Id', 'abcdefgh-1234');
  expect(text).toBe('abcdefgh-1234');
  expect(headers['x-request-id']).toBe('abcdefgh-1234');
  expect(lines[0]?.[0]).toMatchObject({ requestId: 'abcdefgh-1234' });
});

test('there is one log line a request, with the path and the route', async () => {
  const { app, lines } = serviceWith((_request, response) => response.send('thing'));
  await request(app).get('/things/7?secret=1');
  expect(lines).toEqual([
    [
      {
        requestId: expect.any(String),
        method: 'GET',
        path: '/things/7',
        route: '/things/:id',
        status: 200,
        milliseconds: expect.any(Number),
      },
      'request',
    ],
  ]);
});

test('a request whose caller hung up is logged and counted as 499', async () => {
  let hangUp = () => {};
  const { app, lines, metrics } = serviceWith(() => hangUp());
  await using server = await listenWith(app);
  const socket = connect(server.port, '127.0.0.1');
  hangUp = () => socket.destroy();
  socket.write('GET /things/7 HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(socket, 'close');
  await until('the request was logged', () => lines.length === 1);
  expect(lines[0]?.[0]).toMatchObject({ status: 499 });
  expect(await metrics.registry.metrics()).toContain('route="/things/:id",status="499"');
});

test('a request keeps the place in a trace that it came with', async () => {
  const { app } = serviceWith((_request, response) => response.json(requestContext.getStore()?.trace));
  const headers = {
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: 'vendor=1',
  };
  const { body } = await request(app).get('/things/7').set(headers);
  expect(body).toEqual(headers);
});
