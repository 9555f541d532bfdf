import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { listenWith } from '@motorpool/service/test-replica.ts';
import { makeCertificate } from '../../tests/support/certificate.ts';

const program = readFileSync(new URL('draws-here.ts', import.meta.url), 'utf8');
const versions = { service1: '1.1', service2: '1.1', service3: '1.1', service4: '1.1' };

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

/** Runs the program as a node does, before such an NGINX, and gives the failure that it printed; null: all is well. */
async function drawsAt(listener: RequestListener, wanted: object = versions) {
  await using nginx = await listenWith(listener);
  const WANTED = JSON.stringify({ address: nginx.url, versions: wanted });
  const args = ['--input-type=module-typescript', '--eval', program];
  return await new Promise(resolve =>
    execFile(process.execPath, args, { env: { WANTED } }, (error, stdout) =>
      resolve(error ? { code: error.code, ...JSON.parse(stdout) } : null),
    ),
  );
}

/** Fails each draw whose number is among these, with an answer. */
function failing(numbers: (count: number) => boolean, fail: RequestListener): RequestListener {
  let count = 0;
  return (request, response) => {
    count += 1;
    return (numbers(count) ? fail : draw())(request, response);
  };
}

const broken: RequestListener = (_request, response) => response.writeHead(500).end('broken');

test.concurrent('all is well that answers in every form, and in the wanted versions', async () => {
  expect(await drawsAt(draw())).toBeNull();
});

test.concurrent('where NGINX has a certificate it is followed there, for whomever that is', async () => {
  const folder = makeCertificate('motorpool.example');
  const [cert, key] = ['fullchain.pem', 'privkey.pem'].map(name => readFileSync(join(folder, name)));
  const secured = createServer({ cert, key }, draw());
  await new Promise<void>(resolve => secured.listen(0, '127.0.0.1', resolve));
  const location = `https://127.0.0.1:${(secured.address() as AddressInfo).port}/`;
  expect(await drawsAt((_request, response) => response.writeHead(308, { location }).end())).toBeNull();
  secured.close();
});

test.concurrent('a service that answers in another version is named, with its replica', async () => {
  const old: RequestListener = (request, response) =>
    draw('1.0')(request, response.setHeader('X-Instance', 'abc'));
  expect(await drawsAt(old)).toMatchObject({
    service: 'service3',
    reason: 'answers in version 1.0 instead of 1.1',
    task: expect.stringMatching(/^replica abc: /),
  });
});

test.concurrent('who is busy for a moment is asked again', async () => {
  let refusals = 2;
  const busy: RequestListener = (request, response) => {
    if (refusals-- <= 0) return draw()(request, response);
    response.writeHead(503, { 'Retry-After': '0' }).end('Busy right now');
  };
  expect(await drawsAt(busy)).toBeNull();
});

test.concurrent('one failed draw of many is repeated, and held against nobody', async () => {
  expect(await drawsAt(failing(count => count === 5, broken))).toBeNull();
});

test.concurrent('a replica that fails one draw after the other is a failure, though the repetitions are answered', async () => {
  expect(await drawsAt(failing(count => count % 4 === 0, broken))).toMatchObject({
    reason: expect.stringMatching(/^answered 500 to a draw as .*, now and then$/),
  });
});

test.concurrent('a page that fails is a failure, though JSON works', async () => {
  const noPage: RequestListener = (request, response) => {
    if (request.headers.accept !== 'text/html') return draw()(request, response);
    response.writeHead(500, { 'X-Instance': 'abc' }).end('no template');
  };
  expect(await drawsAt(noPage)).toMatchObject({
    service: 'service1',
    reason: 'answered 500 to a draw as text/html',
    task: 'replica abc: no template',
  });
});

test.concurrent('a part that did not answer is told from the replica that says so', async () => {
  const body = JSON.stringify({
    failures: [{ part: 'service2', message: 'the number service did not answer' }],
  });
  const noNumber: RequestListener = (_request, response) =>
    response.writeHead(503, { 'X-Instance': 'abc' }).end(body);
  expect(await drawsAt(noNumber)).toMatchObject({
    service: 'service2',
    reason: 'answered 503 to a draw as application/json',
    task: `replica abc: ${body}`,
  });
});

describe('Where there is nobody to draw', () => {
  const empty =
    (parts: object): RequestListener =>
    ({ url }, response) => {
      response.writeHead(503, { 'X-Version': '1.1' });
      response.end(url === '/ready' ? JSON.stringify({ parts }) : '{"title":"There is nobody to draw"}');
    };
  const up = { database: { state: 'empty' }, service2: { state: 'up' } };

  test.concurrent('all is well, as long as the parts are ready', async () => {
    expect(await drawsAt(empty(up))).toBeNull();
  });

  test.concurrent('a part that is not ready is a failure', async () => {
    const parts = { ...up, service4: { state: 'down' } };
    expect(await drawsAt(empty(parts))).toMatchObject({ service: 'service4', reason: 'is not ready' });
  });

  test.concurrent('another version of service 1 is a failure', async () => {
    expect(await drawsAt(empty(up), { service1: '1.2' })).toMatchObject({
      service: 'service1',
      reason: 'answers in version 1.1 instead of 1.2',
    });
  });
});

test.concurrent.each(['<h1>Welcome to nginx!</h1>', 'null', '{}'])(
  'a 200 that is no receipt is a failure: %s',
  async body => {
    const other: RequestListener = (_request, response) => response.end(body);
    expect(await drawsAt(other)).toMatchObject({
      service: 'nginx',
      reason: expect.stringContaining('no receipt'),
      task: body,
    });
  },
);

test.concurrent('an address where nobody answers is a failure', async () => {
  expect(await drawsAt(request => request.socket.destroy())).toMatchObject({
    service: 'nginx',
    reason: 'does not answer a draw as application/json',
  });
});
