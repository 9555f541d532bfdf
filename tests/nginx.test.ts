import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { freePort } from './support/free-port.ts';
import { describeWith } from './support/missing.ts';
import { type AccessLogLine, type Nginx, startNginx } from './support/nginx.ts';
import { type Replica, startReplica } from './support/replica.ts';
import { type Answer, send } from './support/send.ts';
import { until } from './support/until.ts';

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of started.splice(0).reverse()) await part.stop();
});

describeWith(['nginx'], 'nginx.conf', () => {
  describe('the request id', () => {
    it.each(['abcd1234', 'A.b_c-7890', 'x'.repeat(128)])('%s is passed to service 1 as it came', async id => {
      const { nginx } = await startBehind(echo);
      expect(heard(await send(nginx.url, '/', { headers: { 'X-Request-Id': id } }))).toHaveProperty(
        'x-request-id',
        id,
      );
    });

    it.each(['seven77', 'x'.repeat(129), 'abcd 1234', 'abcd1234<b>', 'abcd"1234', 'abcd1234, efgh5678'])(
      '%s is malformed and replaced',
      async id => {
        const { nginx } = await startBehind(echo);
        const { 'x-request-id': passed } = heard(
          await send(nginx.url, '/', { headers: { 'X-Request-Id': id } }),
        );
        expect(passed).toMatch(/^[0-9a-f]{32}$/);
      },
    );

    it('is made where there is none, a new one for each request', async () => {
      const { nginx } = await startBehind(echo);
      const ids = [heard(await send(nginx.url, '/')), heard(await send(nginx.url, '/'))].map(
        h => h['x-request-id'],
      );
      expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{32}$/)]);
      expect(ids[0]).not.toBe(ids[1]);
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
      expect(await sendRaw(nginx, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 .*"host":"motorpool"/s);
    });
  });

  describe('a request that fails on one replica', () => {
    it('is tried on another where that one refuses connections, a GET and a POST', async () => {
      const { nginx, replicas } = await startBehind(echo, echo);
      await replicas[0]?.stop();
      const statuses = [];
      for (const method of ['GET', 'POST', 'GET', 'POST'])
        statuses.push((await send(nginx.url, '/', { method })).status);
      expect(statuses).toEqual([200, 200, 200, 200]);
      await logged(nginx, ({ upstreamStatus }) => upstreamStatus === '502, 200');
    });

    it('is tried on another where that one hangs up on a GET', async () => {
      const { nginx } = await startBehind(hangUp, echo);
      const statuses = [await send(nginx.url, '/'), await send(nginx.url, '/')].map(answer => answer.status);
      expect(statuses).toEqual([200, 200]);
      await logged(nginx, ({ upstreamStatus }) => upstreamStatus === '502, 200');
    });

    it('is not tried again where that one hangs up on a POST', async () => {
      const { nginx, replicas } = await startBehind(hangUp, echo);
      const post = { method: 'POST', body: 'name=Amelia' };
      const statuses = [await send(nginx.url, '/x', post), await send(nginx.url, '/x', post)].map(
        answer => answer.status,
      );
      expect(statuses.sort()).toEqual([200, 503]);
      expect(replicas.map(replica => replica.requests.length)).toEqual([1, 1]);
    });

    it.concurrent('is tried on another where that one is silent for 2.5 s on a GET', async () => {
      const { nginx } = await startApart(keepSilent, echo);
      const answers = await Promise.all([send(nginx.url, '/'), send(nginx.url, '/')]);
      expect(answers.map(answer => answer.status)).toEqual([200, 200]);
      const { seconds } = await logged(nginx, ({ upstreamStatus }) => upstreamStatus === '504, 200');
      expect(seconds).toBeGreaterThan(2.4);
      expect(seconds).toBeLessThan(3.5);
    });

    it.concurrent('is tried on one that has come since it began, a POST only if it reached nobody', async () => {
      const { nginx, replicas } = await startApart(keepSilent, echo);
      const [silent, other] = replicas as [Replica, Replica];
      nginx.setReplicas([silent.address]);
      await until('only the silent one was asked', () => isForgotten(other, nginx));
      const get = send(nginx.url, '/');
      const post = send(nginx.url, '/', { method: 'POST' });
      await until('it got both', () => silent.requests.length === 2);
      nginx.setReplicas([other.address]);
      expect([(await get).status, (await post).status]).toEqual([200, 503]);
      expect(other.requests.map(({ method }) => method)).toEqual(['GET']);

      await other.stop();
      expect(await send(nginx.url, '/', { method: 'POST' })).toMatchObject({ status: 503 });
      await logged(nginx, ({ upstreamStatus }) => upstreamStatus === '502 : 502');
    });

    it('is answered however soon after the start it comes', async () => {
      const port = await freePort();
      const replica = keep(await startReplica('127.0.0.2', port, echo));
      const { promise: dnsOpened, resolve: openDns } = Promise.withResolvers<void>();
      const nginx = keep(await startNginx({ port, replicas: [], dnsOpened }));
      nginx.setReplicas([replica.address]);
      const first = send(nginx.url, '/');
      await until('there was no list', () => nginx.errorLog().includes('no live upstreams'));
      openDns();
      expect((await first).status).toBe(200);
      await logged(nginx, ({ upstream }) => upstream === `service1 : ${replica.address}:${port}`);
    });

    it.concurrent('is given up after about five seconds where all are silent on a GET', async () => {
      const { nginx } = await startApart(keepSilent, keepSilent, keepSilent);
      expect(await send(nginx.url, '/')).toMatchObject({ status: 503 });
      const { seconds } = await logged(nginx, ({ upstreamStatus }) => upstreamStatus === '504, 504');
      expect(seconds).toBeLessThan(6);
    });

    it.concurrent('is not tried again where that one is silent on a POST', async () => {
      const { nginx, replicas } = await startApart(keepSilent, keepSilent);
      expect(await send(nginx.url, '/', { method: 'POST' })).toMatchObject({ status: 503 });
      expect(replicas.flatMap(replica => replica.requests)).toHaveLength(1);
    });
  });

  describe('an error of service 1', () => {
    it.each([400, 404, 413, 429, 500, 502, 503, 504])(
      'with status %d passes as it is, and is not tried again',
      async status => {
        const { nginx, replicas } = await startBehind(
          ...both((_request, response) => {
            response
              .writeHead(status, { 'Retry-After': '7' })
              .end('<p>The colour service did not answer.</p>');
          }),
        );
        const { headers, ...answer } = await send(nginx.url, '/');
        expect(answer).toEqual({ status, body: '<p>The colour service did not answer.</p>' });
        expect(headers['retry-after']).toBe('7');
        expect(replicas.flatMap(replica => replica.requests)).toHaveLength(1);
      },
    );
  });

  describe('the replicas', () => {
    it('all get requests', async () => {
      const { nginx, replicas } = await startBehind(echo, echo, echo);
      for (let count = 0; count < 12; count++) await send(nginx.url, '/');
      for (const replica of replicas) expect(replica.requests.length).toBeGreaterThanOrEqual(3);
    });

    it.concurrent('are followed in the DNS within 2 s, without a reload', async () => {
      const lookUpsAtLast = [0, 0];
      const note = (index: number): RequestListener => {
        return (request, response) => {
          lookUpsAtLast[index] = nginx.lookUps.length;
          echo(request, response);
        };
      };
      const { nginx, replicas } = await startApart(note(0), note(1));
      const [first, second] = replicas as [Replica, Replica];
      for (const [gone, left] of [
        [first, second],
        [second, first],
      ] as const) {
        const before = nginx.lookUps.length;
        nginx.setReplicas([left.address]);
        await until('it got nothing more', () => getsNothing(gone, nginx));
        expect(lookUpsAtLast[replicas.indexOf(gone)]).toBeLessThanOrEqual(before + 1);
      }
      const intervals = nginx.lookUps.slice(1).map((at, index) => at - Number(nginx.lookUps[index]));
      expect(Math.min(...intervals)).toBeLessThan(2500);
      expect(nginx.accessLog().filter(line => line.status !== 200)).toEqual([]);
    });

    it.each(['NXDOMAIN', 'SERVFAIL'] as const)(
      'may be unknown (%s) when NGINX starts; the first one that appears is used',
      async unknownName => {
        const port = await freePort();
        const nginx = keep(await startNginx({ port, replicas: [], unknownName }));
        expect((await send(nginx.url, '/')).status).toBe(503);
        const replica = keep(await startReplica('127.0.0.2', port, echo));
        nginx.setReplicas([replica.address]);
        await until('the replica was used', async () => (await send(nginx.url, '/')).status === 200, 4000);
      },
    );

    it('that come back at the same address are used again at once, where there is but one', async () => {
      const { nginx, replicas } = await startBehind(echo);
      const [replica] = replicas as [Replica];
      await replica.stop();
      expect((await send(nginx.url, '/')).status).toBe(503);
      keep(await startReplica(replica.address, replica.port, echo));
      expect((await send(nginx.url, '/')).status).toBe(200);
    });

    it('keep their connections for further requests', async () => {
      const { nginx, replicas } = await startBehind(echo);
      for (let count = 0; count < 20; count++) await send(nginx.url, '/');
      // One for each worker.
      expect(replicas[0]?.connections.length).toBeLessThanOrEqual(2);
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

    it.each([
      [400, 'nonsense', 'NONSENSE\r\n\r\n'],
      [400, 'a null byte', 'GET /%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
      [414, 'a long address', `GET /${'x'.repeat(10_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ])('say %d for %s with a page and a request id', async (status, _what, bytes) => {
      const { nginx } = await startBehind(echo);
      const answer = await sendRaw(nginx, bytes);
      expect(answer).toMatch(
        new RegExp(`^HTTP/1.1 ${status} .*X-Request-Id: [0-9a-f]{32}\r\n.*<h1>This `, 's'),
      );
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

  describe('a replica that is full', () => {
    const mostInFlight = 128;
    const mostLooking = 16;

    /** Asks as often as this, and gives the answers of those that were refused, when so many of them have come. */
    async function refusedOf(
      nginx: Nginx,
      asked: number,
      refused: number,
      accept = '*/*',
    ): Promise<Answer[]> {
      const answers: Answer[] = [];
      const headers = { Accept: accept, 'X-Request-Id': 'test-1234' };
      for (let count = 0; count < asked; count += 1) {
        void send(nginx.url, '/', { headers })
          .then(answer => answers.push(answer))
          .catch(() => {});
      }
      await until('they were refused', () => answers.length >= refused, 2000);
      return answers;
    }

    it.each([
      ['text/html', /<h1>Busy right now<\/h1>.*<code>test-1234<\/code>/s],
      ['application/json', /^\{.*"status":503,"title":"Busy right now",.*"requestId":"test-1234"\}$/],
      ['text/plain', /^Busy right now: .*\(request test-1234\)\n$/],
    ])(
      'gets no more, and whoever is refused is told at once, in %s, that it is busy',
      async (accept, body) => {
        const { nginx, replicas } = await startBehind(keepSilent);
        const answers = await refusedOf(nginx, 200, 200 - mostInFlight - mostLooking, accept);
        for (const answer of answers) {
          expect(answer).toMatchObject({ status: 503, body: expect.stringMatching(body) });
          expect(answer.headers).toMatchObject({ 'retry-after': '1', 'x-request-id': 'test-1234' });
        }
        expect(replicas[0]?.requests.length).toBeLessThanOrEqual(mostInFlight + mostLooking);
      },
    );

    it('is passed over while another is not, and asked again as soon as it is free: it was never dead', async () => {
      const held: (() => void)[] = [];
      const hold: RequestListener = (_request, response) => void held.push(() => response.end());
      const { nginx, replicas } = await startBehind(hold, echo);
      const [full, other] = replicas as [Replica, Replica];
      nginx.setReplicas([full.address]);
      await until('only one was asked', () => isForgotten(other, nginx));
      await refusedOf(nginx, 200, 200 - mostInFlight - mostLooking);
      nginx.setReplicas([full.address, other.address]);
      await until('the other was asked', async () => (await send(nginx.url, '/')).status === 200);
      const before = full.requests.length;
      for (let count = 0; count < 20; count += 1) expect((await send(nginx.url, '/')).status).toBe(200);
      expect(full.requests.length).toBe(before);

      for (const answer of held.splice(0)) answer();
      await until('it was asked again', async () => {
        void send(nginx.url, '/').catch(() => {});
        return full.requests.length > before;
      });
      expect(nginx.errorLog()).not.toMatch(/disabled/);
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
      await sendRaw(nginx, `GET ${path} HTTP/1.0\r\n\r\n`);
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

/** Starts a stand-in of service 1 for each answer, at 127.0.0.2 and on, and NGINX in front of them; they end with the test. */
async function startBehind(...answers: RequestListener[]): Promise<{ nginx: Nginx; replicas: Replica[] }> {
  const { nginx, replicas } = await startApart(...answers);
  for (const part of [...replicas, nginx]) keep(part);
  return { nginx, replicas };
}

/** The same for a test that mostly waits and runs beside the others; they end with the last test. */
async function startApart(...answers: RequestListener[]): Promise<{ nginx: Nginx; replicas: Replica[] }> {
  const port = await freePort();
  const replicas: Replica[] = [];
  for (const [index, answer] of answers.entries()) {
    replicas.push(await startReplica(`127.0.0.${index + 2}`, port, answer));
  }
  const nginx = await startNginx({ port, replicas: replicas.map(replica => replica.address) });
  return { nginx, replicas };
}

function keep<Part extends { stop(): Promise<void> }>(part: Part): Part {
  started.push(part);
  return part;
}

/** The first line of the access log that fits, which NGINX writes when the answer is already sent. */
function logged(nginx: Nginx, fits: (line: AccessLogLine) => boolean): Promise<AccessLogLine> {
  return until('the line was written', () => nginx.accessLog().find(fits));
}

/** Sends bytes as they are; gives the whole answer. */
async function sendRaw({ port }: Nginx, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  return text(socket);
}

/** Whether a replica gets none of eight requests. */
async function getsNothing(replica: Replica, nginx: Nginx): Promise<boolean> {
  const before = replica.requests.length;
  for (let count = 0; count < 8; count++) await send(nginx.url, '/');
  return replica.requests.length === before;
}

/** Whether eight requests in turn all go to other replicas. */
async function isForgotten({ address }: Replica, nginx: Nginx): Promise<boolean> {
  const before = nginx.accessLog().length;
  for (let count = 0; count < 8; count++) await send(nginx.url, '/health');
  await until('all were logged', () => nginx.accessLog().length === before + 8);
  return nginx
    .accessLog()
    .slice(before)
    .every(({ upstream }) => !upstream.startsWith(`${address}:`));
}

const echo: RequestListener = (request, response) => {
  request.resume();
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(request.headers));
};
const hangUp: RequestListener = request => void request.socket.destroy();
const keepSilent: RequestListener = () => {};
const both = (answer: RequestListener): RequestListener[] => [answer, answer];
const sendText =
  (type: string, body: string): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': body.length }).end(body);
  };

/** The headers that `echo` got. */
function heard({ body }: Answer): Record<string, string> {
  return JSON.parse(body);
}
