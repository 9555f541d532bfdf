import { describe, expect, jest, test } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { commonSettings } from './common-settings.ts';
import { badRequest } from './errors.ts';
import { createBase, createService, type ServiceOptions } from './service.ts';
import { readSettings } from './settings.ts';

function createdService(options?: ServiceOptions) {
  const environment = { LOG_LEVEL: 'silent', INSTANCE: 'one', VERSION: '1.2.3', REVISION: 'abc' };
  const base = createBase('service9', readSettings(commonSettings(1), environment));
  const thrown = Object.assign(new Error('10.0.0.7 refused'), { status: 404 });
  return createService(
    base,
    [
      ['get', '/things/:id', (incoming, response) => void response.json(incoming.params)],
      ['post', '/things/:id', express.json(), (incoming, response) => void response.json(incoming.body)],
      ['get', '/wrong', () => Promise.reject(badRequest('Expected more.'))],
      ['get', '/broken', () => Promise.reject(thrown)],
      [
        'get',
        '/half',
        (_request, response) => {
          response.write('half');
          throw thrown;
        },
      ],
    ],
    options,
  );
}

describe('When a service is built', () => {
  test('/health says who it is, and may not be kept', async () => {
    const { body, headers } = await request(createdService().app).get('/health').expect(200);
    expect(body).toEqual({
      status: 'ok',
      service: 'service9',
      instance: 'one',
      version: '1.2.3',
      revision: 'abc',
    });
    expect(headers['cache-control']).toBe('no-store');
  });

  test('/metrics tells durations by route, not by path', async () => {
    const { app } = createdService();
    await request(app).get('/things/zebra').expect(200);
    await request(app).get('/nothing/zebra').expect(404);
    const { text, type } = await request(app).get('/metrics').expect(200);
    expect(type).toBe('text/plain');
    expect(text).toMatch(/http_request_duration_seconds_count\{.*route="\/things\/:id",status="200"} 1/);
    expect(text).toMatch(/http_request_duration_seconds_count\{.*route="none",status="404"} 1/);
    expect(text).not.toContain('zebra');
  });

  test('HEAD answers like GET, without a body', async () => {
    const { headers, text } = await request(createdService().app).head('/health').expect(200);
    expect(Number(headers['content-length'])).toBeGreaterThan(50);
    expect(text).toBeUndefined();
  });

  test.each(['put', 'delete', 'patch', 'options'] as const)('%s answers 405 with Allow', async method => {
    const { app } = createdService();
    const twoMethods = await request(app)[method]('/things/7').expect(405);
    expect(twoMethods.headers.allow).toBe('GET, HEAD, POST');
    expect((await request(app)[method]('/health').expect(405)).headers.allow).toBe('GET, HEAD');
  });

  test('an unknown path answers 404 that names the path, but not its query', async () => {
    const { text } = await request(createdService().app).get('/nowhere?secret=1').expect(404);
    expect(text).toMatch(/^Not found: There is nothing at \/nowhere\. \(request [\w-]+\)\n$/);
  });

  test('no header says that it is Express', async () => {
    expect((await request(createdService().app).get('/health')).headers).not.toHaveProperty('x-powered-by');
  });

  test('handlers that come before the routes see every request', async () => {
    const { app } = createdService({
      before: [(_request, response, next) => next(response.set('X-Seen', '1'))],
    });
    expect((await request(app).get('/nowhere')).headers['x-seen']).toBe('1');
  });
});

describe('When a handler throws', () => {
  test('our own error reaches the caller', async () => {
    await request(createdService().app)
      .get('/wrong')
      .expect(400, /Expected more\./);
  });

  test.each(['text/plain', 'application/json', 'text/html'])(
    'any other error is a 500 in %s that gives neither message, status nor stack',
    async accept => {
      const service = createdService({ page: ({ detail }, id) => `<p>${detail} ${id}</p>` });
      const error = jest.spyOn(service.log, 'error');
      const { text, headers } = await request(service.app).get('/broken').set('Accept', accept).expect(500);
      expect(text).toContain(headers['x-request-id']);
      expect(text.replace(`${headers['x-request-id']}`, '')).not.toMatch(/10\.0\.0\.7|404|\.ts|node_modules/);
      expect(error.mock.calls[0]?.[0]).toMatchObject({
        err: { message: '10.0.0.7 refused' },
        path: '/broken',
      });
    },
  );

  test('a body that cannot be read is a 4xx', async () => {
    const post = request(createdService().app).post('/things/7').set('Content-Type', 'application/json');
    await post.send('{"a":').expect(400, /cannot be read/);
  });

  test('an address that cannot be decoded is a 400', async () => {
    await request(createdService().app).get('/things/%zz').expect(400);
  });

  test('a response that has begun is cut off, and not taken for whole', async () => {
    await expect(request(createdService().app).get('/half')).rejects.toThrow(/aborted|hang up/);
  });
});
