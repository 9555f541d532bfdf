import { beforeAll, expect, test } from '@jest/globals';
import { startChromium } from './support/chromium.ts';
import { fillMysql } from './support/filled.ts';
import { describeWith } from './support/missing.ts';
import { startMysql } from './support/mysql.ts';
import { type Replicated, startReplicated } from './support/replicated.ts';
import { send } from './support/send.ts';
import { startService } from './support/service.ts';
import { until } from './support/until.ts';

type Seen = { service: string; address: string; state: string; version: string };

describeWith(['mysqld', 'nginx', 'chromium'], 'the fleet', () => {
  const named = '127.0.0.9';
  const stranger = '127.0.0.10';
  const settings = { FLEET_FOR: `127.0.0.1 ${named}`, FLEET_WANTED: '2', NODE: 'node1', VERSION: '1.0.0' };
  let system: Replicated;

  beforeAll(async () => {
    system = await startReplicated(await fillMysql(await startMysql()), settings);
  });

  async function seen(): Promise<Seen[]> {
    const headers = { Accept: 'application/json' };
    const { status, body } = await send(system.url, '/fleet', { from: named, headers });
    if (status !== 200) throw new Error(body);
    return JSON.parse(body).replicas;
  }

  test('is seen whole by whoever is named: each replica by its own address, and NGINX by its task', async () => {
    const replicas = await seen();
    expect(replicas.map(({ service, state }) => `${service} ${state}`)).toEqual([
      'nginx serving',
      ...['service1', 'service2', 'service3', 'service4'].flatMap(name => Array(2).fill(`${name} serving`)),
      'database serving',
    ]);
    expect(replicas[0]?.address).toBe(new URL(system.url).host);
    expect(replicas[1]?.address).toBe(new URL(system.replicas.service1[0].url).host);
  });

  test('is closed to everybody else, through NGINX and past it, whatever they say of themselves', async () => {
    const lies = {
      'X-Forwarded-For': named,
      'X-Real-IP': named,
      Forwarded: `for=${named}`,
      'Client-IP': named,
    };
    const twice = { ...lies, 'X-Forwarded-For': [named, named] };
    const direct = system.replicas.service1[0].url;
    for (const headers of [{}, lies, twice])
      for (const origin of [system.url, direct]) {
        const { status, body } = await send(origin, '/fleet', { from: stranger, headers });
        expect([origin, headers, status]).toEqual([origin, headers, 403]);
        expect(body).not.toContain('service2');
      }
    expect((await send(direct, '/fleet', { from: named })).status).toBe(200);
    expect((await send(direct, '/fleet', { from: named, headers: lies })).status).toBe(403);
  });

  test('shows an update version by version, by itself and without JavaScript, and nothing jumps', async () => {
    const { browser } = await startChromium();
    const context = await browser.newContext({ javaScriptEnabled: false, baseURL: system.url });
    const page = await context.newPage();
    await page.goto('/fleet');
    const versions = () =>
      page.getByRole('list', { name: 'Versions' }).getByRole('listitem').allTextContents();
    const first = () => page.locator('.replica').first().boundingBox();
    expect(await versions()).toEqual(['1.0.0 × 8']);
    await page.mouse.wheel(0, 120);
    const scrolled = () => page.evaluate(() => scrollY);
    await until('it was scrolled', async () => (await scrolled()) > 0);
    const before = [await first(), await scrolled()];

    const old = system.replicas.service3[1];
    await old.stop();
    await until('it was seen to be silent', async () =>
      (await seen()).some(({ service, state }) => service === 'service3' && state === 'silent'),
    );
    const host = new URL(old.url).hostname;
    await startService('service3', { host, port: old.port, env: { ...settings, VERSION: '1.1.0' } });
    await until('both were seen', async () => (await versions()).join() === '1.0.0 × 7,1.1.0 × 1');
    expect([await first(), await scrolled()]).toEqual(before);
    await context.close();
  });
});
