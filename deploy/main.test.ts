import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { configOf, stackFileOf } from './history/test-release.ts';
import { nodeOf, serviceOf, taskOf } from './swarm/test-view.ts';
import { testClone } from './test-clone.ts';

const { at, command, engine } = testClone();
let server: Server | undefined;

beforeEach(() => {
  engine.answers['GET /distribution/'] = { Descriptor: { digest: `sha256:${'a'.repeat(64)}` } };
});
afterEach(() => {
  server?.close();
});

/** Takes what is posted to an address. */
async function listen(): Promise<{ address: string; posted: unknown[] }> {
  const posted: unknown[] = [];
  server = createServer(async (request, response) => {
    posted.push(await json(request));
    response.end();
  });
  await new Promise<void>(listening => server?.listen(0, '127.0.0.1', listening));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posted };
}

function hook(name: string, line: string): void {
  mkdirSync(at('hooks'));
  writeFileSync(at(`hooks/${name}`), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
}

test("a user's own service is planned and rehearsed like the others", async () => {
  expect(await command('plan')).toContain('+ service5: r:5000/motorpool/service5:1.2.3@sha256:aaaaaaaaaaaa…');
  expect(await command()).toContain('Rehearsing service1, service2, service5, service3, service4: start');
});

test("a user's own service is drawn like the others", async () => {
  const images = ['service1', 'service5', 'nginx'].map(name => [name, `r/${name}:1.2.3@sha256:aaaaaa`]);
  const services = images.map(([name, image]) => [name, { image, ports: [{ target: 80, published: 9 }] }]);
  const file = { ...stackFileOf('1.2.3'), services: Object.fromEntries(services) };
  const node = nodeOf('node1');
  node.Status.Addr = '127.0.0.1';
  engine.answers = {
    'GET /services?filters={"label":["motorpool.errand-of=motorpool"]}': [],
    'GET /tasks?filters={"service":["draws"]}': [taskOf('draw', '', 'complete')],
    'GET /configs?filters={"label":["motorpool.release-of=motorpool"]}': [configOf(1, '1.2.3', file)],
    ...engine.answers,
    'POST /services/create': { ID: 'draws' },
    'GET /nodes': [node],
    'GET /services': images.map(([ID = '', image = '']) => {
      const { Spec, ...service } = serviceOf(image, { ID });
      return { ...service, Spec: { ...Spec, Name: `motorpool_${ID}` } };
    }),
    'GET /tasks': images.flatMap(([ServiceID = '', image = '']) =>
      [1, 2].map(number => taskOf(`${ServiceID}.${number}`, image, 'running', { ServiceID })),
    ),
  };
  expect(await command('verify')).toContain('Version 1.2.3 runs.');
  const drawn = engine.requests.find(request => request.startsWith('POST /services/create'));
  expect(drawn?.replaceAll('\\"', '"')).toContain('"versions":{"service1":"1.2.3","service5":"1.2.3"}');
});

test('a hook that fails before a deploy stops it, knows what is deployed, and nothing is touched', async () => {
  hook('before-deploy', 'echo "the hook for $VERSION of $STACK"; exit 3');
  expect(await command()).toMatch(
    /^the hook for 1\.2\.3 of motorpool\n(.*\n)*hooks\/before-deploy failed: 3\n$/m,
  );
  const changes = engine.requests.filter(request => !request.startsWith('GET'));
  expect(changes).toEqual([
    expect.stringContaining('"motorpool_lock"'),
    expect.stringMatching(/"motorpool_attempt_1".*"motorpool\.attempt\.outcome":"untouched"/),
    'DELETE /configs/motorpool_lock',
  ]);
});

test.each([
  ['known', [], 'There is nothing to go back from: no release runs.'],
  ['unknown', null, expect.stringContaining('null')],
])('whoever shall be notified gets the result as JSON, the cause %s', async (_what, services, cause) => {
  engine.answers['GET /services'] = services;
  const { address, posted } = await listen();
  await command('rollback', '--notify', `${address}/secret`);
  expect(posted).toEqual([
    expect.objectContaining({
      ...{ command: 'rollback', stack: 'motorpool', isWell: false, who: expect.stringContaining(' on ') },
      cause,
    }),
  ]);
});

test('an Alertmanager gets an alert of what would change the stack and failed, and nothing of what would not', async () => {
  engine.answers['GET /services'] = [];
  const { address, posted } = await listen();
  await command('status', '--notify', `${address}/api/v2/alerts`);
  await command('rollback', '--notify', `${address}/api/v2/alerts`);
  const summary = '`rollback` of motorpool failed: There is nothing to go back from: no release runs.';
  expect(posted).toEqual([[expect.objectContaining({ annotations: expect.objectContaining({ summary }) })]]);
});

test('a notice that cannot be given fails nothing, and what may be secret of its address is not said', async () => {
  const said = await command('status', '--notify', 'http://127.0.0.1:1/secret');
  expect(said).toMatch(/Deployed: nothing\.(.*\n)*.*Nobody was notified at 127\.0\.0\.1:1: .*\n$/);
  expect(said).not.toContain('secret');
});

test.each(['ftp://a.example/secret', 'secret', 'http://user:secret@a.example/'])(
  'an address that is none to post to is refused before anything, and not said: %s',
  async address => {
    expect(await command('--notify', address)).toBe('--notify takes an http(s) address without a user.\n');
    expect(engine.requests).toEqual([]);
  },
);

test('a docker-compose.yml that is no YAML is said in a sentence, with its line', async () => {
  writeFileSync(at('docker-compose.yml'), 'services:\n  one: [\n');
  const said = await command('plan');
  expect(said).toMatch(/^docker-compose\.yml cannot be read: .* at line 3/);
  expect(said).not.toMatch(/^ +at /m);
});

test('an argument that is none is refused in a sentence', async () => {
  expect(await command('--versoin', '1')).toMatch(/^Unknown option '--versoin'.*\n$/);
});

test.each(['10', 'soon'])('a time to wait that is none is refused: %s', async time => {
  expect(await command('--wait-lock', time)).toContain('--wait-lock takes a time like 30s or 10m');
});
