import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { createBalancer } from './balance.ts';
import { createClient } from './call.ts';
import { createMetrics } from './metrics.ts';
import { readSettings, serviceUrl } from './settings.ts';

test('a service whose address is one of IPv6 is called', async () => {
  const server = createServer((_request, response) => response.end('{"number":7}')).listen(0, '::1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const declaration = { SERVICE2_URL: serviceUrl('service 2', 'http://localhost:5001') };
  const { SERVICE2_URL: url } = readSettings(declaration, { SERVICE2_URL: `http://[::1]:${port}` });
  const client = createClient('service2', createMetrics('service1'), createBalancer(url));
  const answer = client.get('/number', body => body, performance.now() + 1600);
  const value = await answer.then(({ value }) => value).catch((error: Error) => error.message);
  await client.close();
  server.close();
  expect(value).toEqual({ number: 7 });
});
