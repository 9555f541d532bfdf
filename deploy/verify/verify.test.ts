import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { verify } from './verify.ts';

const versions = new Map(['service1', 'service2', 'service3', 'service4'].map(name => [name, '1.1']));
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function start(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function draw(service3 = '1.1'): RequestListener {
  const steps = {
    service2: { version: '1.1' },
    service3: { version: service3 },
    service4: { version: '1.1' },
  };
  return (_request, response) => {
    response.setHeader('X-Version', '1.1').end(JSON.stringify({ receipt: { steps } }));
  };
}

test('all is well when every address answers in every form, and in the wanted versions', async () => {
  expect(await verify([await start(draw()), await start(draw())], versions)).toEqual([]);
});

test('a service that answers in another version is named', async () => {
  const addresses = [await start(draw()), await start(draw('1.0'))];
  expect(await verify(addresses, versions)).toMatchObject([
    { service: 'service3', reason: 'answers in version 1.0 instead of 1.1', task: addresses[1] },
  ]);
});

test('who is busy for a moment is asked again', async () => {
  let refusals = 2;
  const address = await start((request, response) => {
    if (refusals-- <= 0) return draw()(request, response);
    response.writeHead(503, { 'Retry-After': '0' }).end('Busy right now');
  });
  expect(await verify([address], versions)).toEqual([]);
});

test('a page that fails is a failure, though JSON works', async () => {
  const address = await start((request, response) => {
    if (request.headers.accept !== 'text/html') return draw()(request, response);
    response.writeHead(500).end('no template');
  });
  expect(await verify([address], versions)).toMatchObject([
    { reason: 'answered 500 to a draw as text/html', task: `${address}: no template` },
  ]);
});

test.each(['<h1>Welcome to nginx!</h1>', 'null', '{}'])(
  'a 200 that is no receipt is a failure: %s',
  async body => {
    const address = await start((_request, response) => response.end(body));
    expect(await verify([address], versions)).toMatchObject([
      { service: 'nginx', reason: expect.stringContaining('no receipt'), task: `${address}: ${body}` },
    ]);
  },
);

test('an address where nobody answers is a failure', async () => {
  const address = await start(request => request.socket.destroy());
  expect(await verify([address], versions)).toMatchObject([
    { reason: expect.stringContaining('answered 0') },
  ]);
});
