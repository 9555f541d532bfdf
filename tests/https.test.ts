import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { echo, keep, logged, startSet } from './support/behind.ts';
import { makeCertificate } from './support/certificate.ts';
import { describeWith } from './support/missing.ts';
import { type Nginx, startNginx } from './support/nginx.ts';
import { send } from './support/send.ts';
import { type KeptClient, openClient } from './support/streams.ts';
import { scanTls } from './support/tls-scan.ts';
import { until } from './support/until.ts';

describeWith(['nginx'], 'HTTPS', () => {
  let certificate: string;
  beforeAll(() => {
    certificate = makeCertificate('motorpool.example');
  });
  const start = (answer = echo, settings = {}) => startSet({ certificate, settings }, answer);

  it('takes the versions and ciphers that are recommended, and no others', async () => {
    const { nginx } = await start();
    expect(await scanTls(nginx.ports.https)).toEqual({
      versions: ['TLSv1.2', 'TLSv1.3'],
      ciphers: ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305'].map(
        name => `ECDHE-ECDSA-${name}`,
      ),
    });
  });

  it('would be seen by the scan if it took others', async () => {
    const [key, cert] = [`${certificate}/privkey.pem`, `${certificate}/fullchain.pem`].map(file =>
      readFileSync(file),
    );
    const server = createServer({ key, cert, minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' });
    server.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { versions, ciphers } = await scanTls((server.address() as AddressInfo).port);
    server.close();
    expect(versions).toEqual(expect.arrayContaining(['TLSv1', 'TLSv1.1']));
    expect(ciphers).toContain('ECDHE-ECDSA-AES128-SHA');
  });

  describe('at the port of HTTP', () => {
    it.each(['GET', 'POST'])(
      'sends a %s to the same address with https, and keeps the method',
      async method => {
        const { nginx, replicas } = await start();
        const headers = { Host: `motorpool.example:${nginx.port}` };
        const { status, headers: answered } = await send(nginx.url, '/people?before=7', { method, headers });
        expect([status, answered.location]).toEqual([
          308,
          `https://motorpool.example:${nginx.ports.https}/people?before=7`,
        ]);
        expect(replicas[0]?.requests).toEqual([]);
      },
    );

    it('names no port where that is the usual one', async () => {
      const { nginx } = await start(echo, { HTTPS_PORT: '443' });
      const { headers } = await send(nginx.url, '/', { headers: { Host: '[::1]:8080' } });
      expect(headers.location).toBe('https://[::1]/');
    });

    it('still answers the look at its own health, and what is no request', async () => {
      const { nginx } = await start();
      expect(await send(nginx.url, '/nginx-health')).toMatchObject({ status: 200, body: 'ok\n' });
      expect((await send(nginx.url, `/${'x'.repeat(10_000)}`)).status).toBe(414);
    });
  });

  it('sends HTTP at its own port to HTTPS', async () => {
    const { nginx } = await start();
    const { status, headers } = await send(`http://127.0.0.1:${nginx.ports.https}`, '/people');
    expect([status, headers.location]).toEqual([308, `https://127.0.0.1:${nginx.ports.https}/people`]);
  });

  it('speaks HTTP/2, and service 1 hears the scheme, the host with its port, and the request id', async () => {
    const { nginx } = await start();
    const client = kept(openClient([originOf(nginx)]));
    const host = `motorpool.example:${nginx.ports.https}`;
    const { status, headers, body } = await client.send('/', {
      ':authority': host,
      'x-request-id': 'abcd1234',
    });
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty('strict-transport-security');
    expect(JSON.parse(body)).toMatchObject({
      host,
      'x-forwarded-host': host,
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '127.0.0.1',
      'x-request-id': 'abcd1234',
    });
    expect(await logged(nginx, () => true)).toMatchObject({ client: '127.0.0.1', requestId: 'abcd1234' });
  });

  it('tells browsers to know no other way where that is set, also with what NGINX refuses, and never over HTTP', async () => {
    const { nginx } = await start(echo, { HSTS_SECONDS: '300' });
    const client = kept(openClient([originOf(nginx)]));
    for (const path of ['/', '/metrics'])
      expect((await client.send(path)).headers).toMatchObject({ 'strict-transport-security': 'max-age=300' });
    expect((await send(nginx.url, '/')).headers).not.toHaveProperty('strict-transport-security');
  });

  describe('when NGINX stops or takes up a new certificate', () => {
    const slowly: RequestListener = (_request, response) => {
      setTimeout(() => response.end('late'), 1500);
    };

    it.each(['SIGQUIT', 'SIGHUP'] as const)(
      'answers every stream that it has accepted (%s)',
      async signal => {
        const { nginx, replicas } = await start(slowly);
        const client = kept(openClient([originOf(nginx)]));
        const answers = Array.from({ length: 20 }, () => client.send('/'));
        await until('all have come', () => replicas[0]?.requests.length === 20);
        process.kill(nginx.pid, signal);
        expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(Array(20).fill('late'));
        expect(client.resent()).toBe(0);
      },
    );

    it('fails nobody who goes to the next one and sends again what was left undone', async () => {
      const { nginx, replicas } = await start();
      const next = keep(
        await startNginx({ port: Number(replicas[0]?.port), replicas: ['127.0.0.2'], certificate }),
      );
      const client = kept(openClient([nginx, next].map(originOf)));
      const statuses: number[] = [];
      const answered = (more: number, wanted = statuses.length + more) =>
        until(`${more} more were answered`, () => statuses.length >= wanted);
      let isOver = false;
      const asking = Array.from({ length: 10 }, async () => {
        while (!isOver) statuses.push((await client.send('/')).status);
      });
      await answered(50);
      process.kill(nginx.pid, 'SIGQUIT');
      await until('somebody had to send again', () => client.resent() > 0);
      await answered(50);
      isOver = true;
      await Promise.all(asking);
      expect(statuses.filter(status => status !== 200)).toEqual([]);
    });
  });
});

function originOf({ ports }: Nginx): string {
  return `https://127.0.0.1:${ports.https}`;
}

function kept(client: KeptClient): KeptClient {
  keep({ stop: async () => client.close() });
  return client;
}
