import type { RequestListener } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { echo, keep, logged, startBehind } from './support/behind.ts';
import { freePort } from './support/free-port.ts';
import { describeWith } from './support/missing.ts';
import { startNginx } from './support/nginx.ts';
import { sendRaw } from './support/raw.ts';
import { type Answer, send } from './support/send.ts';

describeWith(['nginx'], 'nginx.conf', () => {
  describe('the request id', () => {
    it.each(['abcd1234', 'A.b_c-7890', 'x'.repeat(128)])('%s is passed to service 1 as it came', async id => {
      const { nginx } = await startBehind(echo);
      const answer = await send(nginx.url, '/', { headers: { 'X-Request-Id': id } });
      expect(heard(answer)['x-request-id']).toBe(id);
    });

    it.each(['seven77', 'x'.repeat(129), 'abcd 1234', 'abcd1234<b>', 'abcd"1234', 'abcd1234, efgh5678'])(
      '%s is malformed and replaced',
      async id => {
        const { nginx } = await startBehind(echo);
        const answer = await send(nginx.url, '/', { headers: { 'X-Request-Id': id } });
        expect(heard(answer)['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
      },
    );

    it('is made where there is none, a new one for each request', async () => {
      const { nginx } = await startBehind(echo);
      const [first, second] = [heard(await send(nginx.url, '/')), heard(await send(nginx.url, '/'))];
      for (const { 'x-request-id': id } of [first, second]) expect(id).toMatch(/^[0-9a-f]{32}$/);
      expect(first['x-request-id']).not.toBe(second['x-request-id']);
    });

    it('of the answer is the one that service 1 gave', async () => {
      const { nginx } = await startBehind((_request, response) => {
        response.setHeader('X-Request-Id', 'given-by-service1').end();
      });
      expect((await send(nginx.url, '/')).headers['x-request-id']).toBe('given-by-service1');
    });
  });

  describe('what a client says of itself', () => {
    it('is replaced by what NGINX sees', async () => {
      const { nginx } = await startBehind(echo);
      const headers = {
        Host: 'motorpool.example:8080',
        'X-Forwarded-For': '6.6.6.6',
        'X-Forwarded-Proto': 'https',
        'X-Forwarded-Host': 'evil.example',
        'X-Forwarded-Port': '666',
        'X-Real-IP': '6.6.6.6',
        Forwarded: 'for=6.6.6.6;host=evil.example',
      };
      const received = heard(await send(nginx.url, '/', { headers, from: '127.0.0.9' }));
      expect(received).toMatchObject({
        host: 'motorpool.example:8080',
        'x-forwarded-for': '127.0.0.9',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'motorpool.example:8080',
      });
      for (const name of ['forwarded', 'x-real-ip', 'x-forwarded-port'])
        expect(received).not.toHaveProperty(name);
    });

    it('may lack a Host in HTTP/1.0', async () => {
      const { nginx } = await startBehind(echo);
      const { status, body } = await sendRaw(nginx.port, 'GET / HTTP/1.0\r\n\r\n');
      expect([status, body]).toEqual([200, expect.stringContaining('"host":"motorpool"')]);
    });
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

    it.each([
      [404, '/nginx-error.json', {}],
      [404, '/metrics', {}],
      [405, '/', { method: 'TRACE' }],
      [413, '/people', { method: 'POST', body: 'x'.repeat(16 * 1024 + 1) }],
      [431, '/', { headers: { 'X-Long': 'x'.repeat(10_000) } }],
    ])('say %d for %s as a problem in JSON', async (status, path, request) => {
      const { nginx, replicas } = await startBehind(echo);
      const headers = { Accept: 'application/json', ...('headers' in request && request.headers) };
      const answer = await send(nginx.url, path, { ...request, headers });
      expect(answer.status).toBe(status);
      expect(JSON.parse(answer.body)).toEqual({
        type: 'about:blank',
        status,
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

    it.each([
      [400, 'nonsense', 'NONSENSE\r\n\r\n'],
      [400, 'a null byte', 'GET /%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
      [414, 'a long address', `GET /${'x'.repeat(10_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ])('say %d for %s with a page and a request id', async (status, _what, bytes) => {
      const { nginx } = await startBehind(echo);
      expect(await sendRaw(nginx.port, bytes)).toEqual({
        status,
        head: expect.stringMatching(/^X-Request-Id: [0-9a-f]{32}$/m),
        body: expect.stringContaining('<h1>This '),
      });
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

/** The headers that `echo` got. */
function heard({ body }: Answer): Record<string, string> {
  return JSON.parse(body);
}
