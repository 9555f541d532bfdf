import { describe, expect, it } from '@jest/globals';
import { fakeApp } from '../service1/test-parts.ts';
import { echo, logged, startSet } from './support/behind.ts';
import { makeCertificate } from './support/certificate.ts';
import { describeWith } from './support/missing.ts';
import type { Nginx } from './support/nginx.ts';
import { sendRaw } from './support/raw.ts';
import { type Answer, send } from './support/send.ts';

const proxy = '127.0.0.8';
const stranger = '127.0.0.9';
const said = {
  'X-Forwarded-For': '203.0.113.7',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'motorpool.example',
};

describeWith(['nginx'], 'a proxy in front', () => {
  const start = () => startSet({ settings: { PROXIES: `${proxy}, 10.9.0.0/16` } }, echo);

  it('that is declared is believed who the client is, by which scheme it came, and to which host', async () => {
    const { nginx } = await start();
    const headers = { ...said, Host: 'inside:8080' };
    expect(heard(await send(nginx.url, '/people', { headers, from: proxy }))).toMatchObject({
      host: 'motorpool.example',
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'motorpool.example',
    });
    expect((await logged(nginx, () => true)).client).toBe('203.0.113.7');
  });

  it('may leave the host as it was', async () => {
    const { nginx } = await start();
    const { 'X-Forwarded-Host': _host, ...others } = said;
    const headers = { ...others, Host: 'motorpool.example:8080' };
    expect(heard(await send(nginx.url, '/', { headers, from: proxy })).host).toBe('motorpool.example:8080');
  });

  it('is believed only what it has seen itself, and what other declared ones have', async () => {
    const { nginx } = await start();
    const headers = { ...said, 'X-Forwarded-For': '6.6.6.6, 203.0.113.7, 10.9.8.7' };
    const { 'x-forwarded-for': client } = heard(await send(nginx.url, '/', { headers, from: proxy }));
    expect(client).toBe('203.0.113.7');
  });

  it.each(['evil.example/x', 'a.example, b.example', 'a b', '<b>'])(
    'is not believed that the host is %s',
    async host => {
      const { nginx } = await start();
      const headers = { ...said, 'X-Forwarded-Host': host, Host: 'inside' };
      expect(heard(await send(nginx.url, '/', { headers, from: proxy })).host).toBe('inside');
    },
  );

  it('that is declared brings the form of our own page, which has another host inside', async () => {
    const { nginx } = await startSet({ settings: { PROXIES: proxy } }, fakeApp());
    const own = { Origin: 'https://motorpool.example', 'Content-Type': 'application/x-www-form-urlencoded' };
    const request = { method: 'POST', headers: { ...said, ...own, Host: 'inside' }, body: 'name=Amelia' };
    expect((await send(nginx.url, '/people', { ...request, from: proxy })).status).toBe(303);
    expect((await send(nginx.url, '/people', { ...request, from: stranger })).status).toBe(403);
  });

  it.each(['', proxy])('that nobody has declared is believed nothing (declared: "%s")', async PROXIES => {
    const { nginx } = await startSet({ settings: { PROXIES } }, echo);
    const lies = { 'X-Forwarded-Port': '666', 'X-Real-IP': '6.6.6.6', Forwarded: 'for=6.6.6.6' };
    const headers = { ...said, ...lies, Host: 'inside:8080' };
    const received = heard(await send(nginx.url, '/people', { headers, from: stranger }));
    expect(received).toMatchObject({
      host: 'inside:8080',
      'x-forwarded-for': stranger,
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'inside:8080',
    });
    for (const name of Object.keys(lies)) expect(received).not.toHaveProperty(name.toLowerCase());
    expect((await logged(nginx, () => true)).client).toBe(stranger);
  });

  it('takes HTTPS from the client itself: there is no redirect then, and one where it took HTTP', async () => {
    const certificate = makeCertificate('motorpool.example');
    const { nginx } = await startSet({ certificate, settings: { PROXIES: proxy, HTTPS_PORT: '443' } }, echo);
    const by = (scheme: string, from: string) =>
      send(nginx.url, '/', { headers: { ...said, 'X-Forwarded-Proto': scheme }, from });
    expect((await by('https', proxy)).status).toBe(200);
    expect(await by('http', proxy)).toMatchObject({
      status: 308,
      headers: { location: 'https://motorpool.example/' },
    });
    expect((await by('https', stranger)).status).toBe(308);
    for (const client of [{}, { 'X-Forwarded-For': proxy }, { 'X-Forwarded-For': 'unknown' }]) {
      const headers = { ...client, 'X-Forwarded-Proto': 'https' };
      expect((await send(nginx.url, '/', { headers, from: proxy })).status).toBe(200);
    }
  });

  describe('does not let people share one limit of adding:', () => {
    it.each([
      ['of two clients one', '203.0.113.7', '203.0.113.8'],
      ['of two networks of IPv6 one', '2001:db8:1:1::1', '2001:db8:1:2::1'],
      ['of two IPv4 addresses in the form of IPv6 one', '::ffff:203.0.113.7', '::ffff:203.0.113.8'],
    ])('%s is refused', async (_who, one, other) => {
      const { nginx } = await start();
      expect(await refusals(nginx, 80, () => one)).toBeGreaterThan(10);
      expect(await refusals(nginx, 40, () => other)).toBe(0);
    });

    it('who has a /64 of IPv6 is one client', async () => {
      const { nginx } = await start();
      expect(await refusals(nginx, 80, number => `2001:db8:1:1:${number}::1`)).toBeGreaterThan(10);
    });
  });

  describe('that speaks the PROXY protocol', () => {
    const hello = 'PROXY TCP4 203.0.113.7 10.0.0.1 5555 80\r\n';
    const request =
      'GET / HTTP/1.0\r\nHost: inside\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\n\r\n';

    it('is believed the address, and nothing that the client then says of itself', async () => {
      const { nginx } = await startSet({ settings: { PROXIES: '127.0.0.1', PROXY_PROTOCOL: 'on' } }, echo);
      const { body } = await sendRaw(nginx.ports.proxy, hello + request);
      expect(JSON.parse(body)).toMatchObject({
        host: 'inside',
        'x-forwarded-for': '203.0.113.7',
        'x-forwarded-proto': 'http',
      });
      expect((await logged(nginx, () => true)).client).toBe('203.0.113.7');
      const past = await sendRaw(
        nginx.port,
        request.replace('\r\n\r\n', '\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n'),
      );
      expect(JSON.parse(past.body)['x-forwarded-for']).toBe('127.0.0.1');
    });

    it('is not believed where nobody has declared it', async () => {
      const { nginx } = await startSet({ settings: { PROXIES: proxy, PROXY_PROTOCOL: 'on' } }, echo);
      const { body } = await sendRaw(nginx.ports.proxy, hello + request);
      expect(JSON.parse(body)['x-forwarded-for']).toBe('127.0.0.1');
    });
  });
});

/** How many of so many people who are added at once through the proxy are refused; each client's address is made. */
async function refusals(
  { url }: Nginx,
  count: number,
  addressOf: (number: number) => string,
): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, number) =>
      send(url, '/people', {
        method: 'POST',
        from: proxy,
        headers: { 'X-Forwarded-For': addressOf(number) },
      }),
    ),
  );
  return answers.filter(({ status }) => status === 429).length;
}

/** The headers that `echo` got. */
function heard({ body }: Answer): Record<string, string> {
  return JSON.parse(body);
}
