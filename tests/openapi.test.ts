import { beforeAll, expect, test } from '@jest/globals';
import { describeApi } from '../service1/openapi/openapi.ts';
import { describePort } from './support/described.ts';
import { freePort } from './support/free-port.ts';
import { describeWith } from './support/missing.ts';
import { type Nginx, startNginx } from './support/nginx.ts';
import { sendRaw } from './support/raw.ts';
import { send } from './support/send.ts';
import { startSystem } from './support/system.ts';

const description = describeApi('dev');
const forms = ['text/html', 'application/json', 'text/plain'];
const long = 'x'.repeat(20_000);
const addresses = Object.keys(description.paths).map(path => path.replace(/\{\w+\}/g, '1'));

// `send` and `sendRaw` expect of each answer that it is described.
describeWith(['nginx'], 'the description, at NGINX', () => {
  let port: number;
  let nginx: Nginx;
  beforeAll(async () => {
    port = (await startSystem()).service1.port;
    nginx = await startNginx({ port, replicas: ['127.0.0.1'] });
  });

  test('is that of service 1', async () => {
    const { body } = await send(nginx.url, '/openapi.json');
    expect(JSON.parse(body)).toEqual(description);
  });

  test.each(forms)('has what NGINX itself refuses at each address, as %s', async Accept => {
    const nobody = await startNginx({ port: await freePort(), replicas: [] });
    describePort(nobody.port);
    for (const address of addresses) {
      const statuses = [
        await send(nginx.url, address, { headers: { Accept, 'Content-Length': 20_000 }, body: long }),
        await send(nginx.url, address, { headers: { Accept, 'X-Long': long } }),
        await send(nobody.url, address, { headers: { Accept } }),
      ].map(({ status }) => status);
      expect(statuses).toEqual([413, 431, 503]);
    }
  });

  test('has what NGINX says to who adds people too fast', async () => {
    const post = { method: 'POST', body: '{"name":"Zoë"}' };
    const added = Array.from({ length: 90 }, (_, index) => {
      const headers = { 'Content-Type': 'application/json', Accept: forms[index % 3] };
      return send(nginx.url, '/people', { ...post, headers });
    });
    const statuses = (await Promise.all(added)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([201, 429]));
  });

  test('has what service 1 itself says to who takes too long', async () => {
    expect((await sendRaw(port, 'GET / HTTP/1.1\r\nHost: x\r\n')).status).toBe(408);
  });
});
