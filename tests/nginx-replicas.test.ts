import type { RequestListener } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { echo, keep, logged, startApart, startBehind } from './support/behind.ts';
import { freePort } from './support/free-port.ts';
import { describeWith } from './support/missing.ts';
import { type Nginx, startNginx } from './support/nginx.ts';
import { type Replica, startReplica } from './support/replica.ts';
import { type Answer, send } from './support/send.ts';
import { until } from './support/until.ts';

describeWith(['nginx'], 'nginx.conf', () => {
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

    it.concurrent('is waited for where that one takes 3.5 s to add a person', async () => {
      const { nginx } = await startApart((request, response) => {
        request.resume();
        setTimeout(() => response.writeHead(201).end(), 3500);
      });
      expect(await send(nginx.url, '/people', { method: 'POST' })).toMatchObject({ status: 201 });
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
        const body = '<p>The colour service did not answer.</p>';
        const fail: RequestListener = (_request, response) =>
          response.writeHead(status, { 'Retry-After': '7' }).end(body);
        const { nginx, replicas } = await startBehind(fail, fail);
        const { headers, ...answer } = await send(nginx.url, '/');
        expect(answer).toEqual({ status, body });
        expect(headers['retry-after']).toBe('7');
        expect(replicas.flatMap(replica => replica.requests)).toHaveLength(1);
      },
    );
  });

  describe('the replicas', () => {
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

  describe('a replica that is full', () => {
    const mostInFlight = 96;
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
});

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

const hangUp: RequestListener = request => void request.socket.destroy();
const keepSilent: RequestListener = () => {};
