import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { notify } from './notify.ts';

test('an alert has ended by any clock when a command ends well', async () => {
  const posted: unknown[] = [];
  const server = createServer(async (request, response) => {
    posted.push(await json(request));
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2/alerts`;
  const result = { command: 'deploy', stack: 'motorpool', cause: null };
  await notify(address, { ...result, isWell: true }, true);
  await notify(address, { ...result, isWell: false }, true);
  server.close();
  const ends = (posted as { endsAt: string }[][]).map(
    ([alert]) => Date.parse(`${alert?.endsAt}`) - Date.now(),
  );
  expect(ends[0]).toBeLessThan(-300_000);
  expect(ends[1]).toBeGreaterThan(300_000);
});
