import type { RequestListener } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { echo, keep, logged, startBehind } from './support/behind.ts';
import { freePort } from './support/free-port.ts';
import { describeWith } from './support/missing.ts';
import { startNginx } from './support/nginx.ts';
import { sendRaw } from './support/raw.ts';
import { send } from './support/send.ts';

describeWith(['nginx'], 'nginx.conf', () => {
  it('gives the request id of an answer as service 1 gave it', async () => {
    const { nginx } = await startBehind((_request, response) => {
      response.setHeader('X-Request-Id', 'given-by-service1').end();
    });
    expect((await send(nginx.url, '/')).headers['x-request-id']).toBe('given-by-service1');
  });

  describe('the answers of NGINX itself', () => {
    const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
    it.each([
      [
        'a page',
        'text/html; charset=utf-8',
        browser,
        /<h1>Nobody is at the wheel<\/h1>.*<code>test-1234<\/code>/s,
      ],
      ['a page', 'text/html; charset=utf-8', '*/*', /^<!doctype html>/],
      ['a line', 'text/plain; charset=utf-8', 'text/plain', /^Nobody .* seconds\. \(request test-1234\)\n$/],
      [
        'a problem',
        'application/problem+json',
        'application/json',
        /^\{.*"status":503,.*"requestId":"test-1234"\}$/,
      ],
      ['a problem', 'application/problem+json', 'application/problem+json', /^\{/],
    ])('are %s, %s, for Accept: %s', async (_form, type, accept, body) => {
      const nginx = keep(await startNginx({ port: await freePort(), replicas: [] }));
      const answer = await send(nginx.url, '/', { headers: { Accept: accept, 'X-Request-Id': 'test-1234' } });
      expect(answer.status).toBe(503);
      expect(answer.body).toMatch(body);
      expect(answer.headers).toMatchObject({
        'content-type': type,
        'cache-control': 'no-store',
        'retry-after': '2',
        server: 'nginx',
        vary: 'Accept',
        'x-request-id': 'test-1234',
      });
    });

    it.each(['/nginx-error.json', '/metrics'])('say 404 for %s as a problem in JSON', async path => {
      const { nginx, replicas } = await startBehind(echo);
      const answer = await send(nginx.url, path, { headers: { Accept: 'application/json' } });
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.body)).toEqual({
        type: 'about:blank',
        status: 404,
        title: expect.stringMatching(/./),
        detail: expect.stringMatching(/\.$/),
        requestId: answer.headers['x-request-id'],
      });
      expect(replicas[0]?.requests).toEqual([]);
    });

    it('say with 405 what is possible', async () => {
      const { nginx } = await startBehind(echo);
      const { headers } = await send(nginx.url, '/', { method: 'TRACE' });
      expect(headers).toMatchObject({ allow: 'GET, HEAD, POST' });
    });
  });

  describe('the limits', () => {
    it.each([{}, { 'Transfer-Encoding': 'chunked' }])(
      'let a body of 16 KiB pass, but not a byte more (%p)',
      async headers => {
        const { nginx, replicas } = await startBehind(echo);
        const sendBytes = (size: number) =>
          send(nginx.url, '/', { method: 'POST', headers, body: 'x'.repeat(size) });
        expect((await sendBytes(16 * 1024)).status).toBe(200);
        expect((await sendBytes(16 * 1024 + 1)).status).toBe(413);
        expect(replicas[0]?.requests).toHaveLength(1);
      },
    );

    it.each(['/people', '/people/', '/People', '/%70eople', '//people', '/people?x=1'])(
      'let one address add about 50 people at once at %s',
      async path => {
        const { nginx } = await startBehind(echo);
        const began = performance.now();
        const answers = await Promise.all(
          Array.from({ length: 80 }, () => send(nginx.url, path, { method: 'POST', from: '127.0.0.9' })),
        );
        const seconds = (performance.now() - began) / 1000;
        const refused = answers.filter(answer => answer.status === 429);
        const added = answers.filter(answer => answer.status === 200).length;
        expect(added).toBeGreaterThan(50);
        expect(added).toBeLessThanOrEqual(52 + 10 * seconds);
        expect(added + refused.length).toBe(80);
        expect(refused[0]?.headers).toMatchObject({ 'retry-after': '1', 'x-request-id': expect.any(String) });

        const other = { method: 'POST', from: '127.0.0.10' };
        expect((await send(nginx.url, path, other)).status).toBe(200);
        expect((await send(nginx.url, path, { from: '127.0.0.9' })).status).toBe(200);
      },
    );

    it('do not count anything but adding people', async () => {
      const { nginx } = await startBehind(echo);
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          send(nginx.url, n % 2 ? '/people' : '/', { method: n % 2 ? 'GET' : 'POST' }),
        ),
      );
      expect(answers.filter(answer => answer.status !== 200)).toEqual([]);
    });
  });

  describe('compression', () => {
    const long = 'Amelia drives an amber hatchback. '.repeat(50);
    const accepting = { headers: { 'Accept-Encoding': 'gzip', Via: '1.1 a-proxy' } };

    it.each([
      'text/html; charset=utf-8',
      'text/css',
      'application/json',
      'application/problem+json',
      'image/svg+xml',
    ])('is used for %s, and caches are told', async type => {
      const { nginx } = await startBehind(sendText(type, long));
      const { headers } = await send(nginx.url, '/', accepting);
      expect(headers).toMatchObject({
        'content-encoding': 'gzip',
        vary: expect.stringContaining('Accept-Encoding'),
      });
      expect(await (await fetch(nginx.url)).text()).toBe(long);
    });

    it.each([
      ['pictures', 'image/png', long, accepting],
      ['short texts', 'text/html', long.slice(0, 500), accepting],
      ['clients that do not ask for it', 'text/html', long, {}],
    ])('is left out for %s', async (_what, type, body, request) => {
      const { nginx } = await startBehind(sendText(type, body));
      const { headers } = await send(nginx.url, '/', request);
      expect(headers).toHaveProperty('content-length', String(body.length));
      expect(headers).not.toHaveProperty('content-encoding');
    });
  });

  describe('/metrics', () => {
    it.each([
      ...['/metrics', '/metrics/', '/metrics?x=1', '/metrics/x', '/METRICS', '/%6detrics', '/%6D%65trics/'],
      ...[
        '//metrics',
        '/./metrics',
        '/x/../metrics',
        '/x/%2e%2e/metrics',
        '/metrics%2f',
        'http://other/metrics',
      ],
    ])('is hidden as %s', async path => {
      const { nginx, replicas } = await startBehind(echo);
      expect((await send(nginx.url, path)).status).toBe(404);
      expect(replicas[0]?.requests).toEqual([]);
    });

    it('does not hide what only begins like it', async () => {
      const { nginx } = await startBehind(echo);
      expect((await send(nginx.url, '/metricsville')).status).toBe(200);
    });
  });

  describe('the access log', () => {
    it('has a line of JSON with the request id, the replica and its time', async () => {
      const { nginx, replicas } = await startBehind(echo);
      const { body } = await send(nginx.url, '/people?after=7', {
        headers: { 'X-Request-Id': 'log-12345' },
        from: '127.0.0.9',
      });
      const line = await logged(nginx, ({ path }) => path.startsWith('/people'));
      expect(line).toEqual({
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/),
        service: 'nginx',
        instance: expect.stringMatching(/./),
        requestId: 'log-12345',
        client: '127.0.0.9',
        method: 'GET',
        path: '/people?after=7',
        status: 200,
        bytes: body.length,
        seconds: expect.any(Number),
        upstream: `127.0.0.2:${replicas[0]?.port}`,
        upstreamStatus: '200',
        upstreamConnectSeconds: expect.stringMatching(/^\d+\.\d{3}$/),
        upstreamHeaderSeconds: expect.stringMatching(/^\d+\.\d{3}$/),
        upstreamSeconds: expect.stringMatching(/^\d+\.\d{3}$/),
      });
    });

    it('keeps the method and the path of what NGINX refused itself', async () => {
      const { nginx } = await startBehind(echo);
      await send(nginx.url, '/people', { method: 'POST', body: 'x'.repeat(20_000) });
      const line = await logged(nginx, ({ status }) => status === 413);
      expect(line).toMatchObject({ method: 'POST', path: '/people', status: 413 });
    });

    it('stays JSON whatever the address holds', async () => {
      const { nginx } = await startBehind(echo);
      const path = '/"},{\\"x\u00e9';
      await sendRaw(nginx.port, `GET ${path} HTTP/1.0\r\n\r\n`);
      const line = await logged(nginx, () => true);
      expect(line.path).toBe(path);
      expect(nginx.errorLog()).toBe('');
    });

    it('leaves out the checks of its own health, which need no replica', async () => {
      const nginx = keep(await startNginx({ port: await freePort(), replicas: [] }));
      expect(await send(nginx.url, '/nginx-health')).toMatchObject({ status: 200, body: 'ok\n' });
      expect(nginx.accessLog()).toEqual([]);
    });
  });
});

const sendText =
  (type: string, body: string): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': body.length }).end(body);
  };
