import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { commonSettings } from '@motorpool/service/common-settings.ts';
import { createBase, createService } from '@motorpool/service/service.ts';
import { readSettings } from '@motorpool/service/settings.ts';
import { listenWith } from '@motorpool/service/test-replica.ts';
import { fakeApp, request } from '../test-parts.ts';

const replicas: Awaited<ReturnType<typeof listenWith>>[] = [];
let asked = 0;
let environment: NodeJS.ProcessEnv;

/** A replica as it really is, at an address of its own. */
async function start(name: string, settings: NodeJS.ProcessEnv): Promise<string> {
  const environment = { LOG_LEVEL: 'silent', INSTANCE: `${name}-a`, ...settings };
  const { app } = createService(createBase(name, readSettings(commonSettings(1), environment)), []);
  const replica = await listenWith((incoming, response) => {
    asked += 1;
    app(incoming, response);
  });
  replicas.push(replica);
  return replica.url.href;
}

beforeAll(async () => {
  environment = {
    FLEET_FOR: '127.0.0.0/8',
    FLEET_WANTED: '2',
    SERVICE1_URL: await start('service1', { VERSION: '1.0', NODE: 'node10' }),
    SERVICE2_URL: await start('service2', { VERSION: '1.1<b>', NODE: 'node2' }),
    SERVICE3_URL: await start('service3', { VERSION: '1.0', NODE: '{{.Node.Hostname}}' }),
    SERVICE4_URL: await start('service9', { VERSION: '1.0' }),
    DB_HOST: 'db',
  };
});
afterAll(() => Promise.all(replicas.map(replica => replica[Symbol.asyncDispose]())));

test('every replica is told, what answers apart from what is wanted', async () => {
  const app = fakeApp({}, environment);
  const { body, headers } = await request(app).get('/fleet').set('Accept', 'application/json').expect(200);
  expect(headers).toMatchObject({ 'cache-control': 'no-store' });
  expect(body.services).toEqual([
    { service: 'service1', answered: 1, wanted: 2 },
    { service: 'service2', answered: 1, wanted: 2 },
    { service: 'service3', answered: 1, wanted: 2 },
    { service: 'service4', answered: 0, wanted: 2 },
    { service: 'database', answered: 1, wanted: 1 },
  ]);
  expect(body.replicas[0]).toEqual({
    service: 'service1',
    address: new URL(String(environment.SERVICE1_URL)).host,
    node: 'node10',
    instance: 'service1-a',
    version: '1.0',
    state: 'serving',
    upSeconds: expect.any(Number),
    requestsPerSecond: 0,
    p99Milliseconds: null,
    refusedPerSecond: 0,
  });
  expect(body.replicas.map(({ node, state }: Record<string, unknown>) => [node, state])).toEqual([
    ['node10', 'serving'],
    ['node2', 'serving'],
    [null, 'serving'],
    [null, 'silent'],
    [null, 'serving'],
  ]);
  expect(body.note).toContain('scaling by hand is not seen');
});

test('the page is a grid of nodes in the order of their numbers, and shows markup as text', async () => {
  const app = fakeApp({}, environment);
  const { text, headers } = await request(app).get('/fleet').set('Accept', 'text/html').expect(200);
  expect(headers).toMatchObject({ 'cache-control': 'no-store', refresh: '2' });
  expect([...text.matchAll(/<h2.*>(.*)<\/h2>/g)].map(([, node]) => node)).toEqual([
    'node2',
    'node10',
    'Node not known',
  ]);
  expect(text).toContain('<b>1.1&lt;b&gt;</b>');
  expect(text).not.toMatch(/<script|http-equiv|style=/);
});

test('it holds still where that is asked for', async () => {
  const { headers } = await request(fakeApp({}, environment)).get('/fleet?still').expect(200);
  expect(headers).not.toHaveProperty('refresh');
});

test('a database that fails is silent, and does not hold up the others', async () => {
  const member = { address: 'db', instance: null, version: null, role: null, isUp: false };
  const members = () => new Promise<[typeof member]>(resolve => setTimeout(resolve, 500, [member]));
  const app = fakeApp({ people: { members } }, environment);
  const { body } = await request(app).get('/fleet').set('Accept', 'application/json').expect(200);
  expect(body.replicas.at(-1)).toMatchObject({ service: 'database', address: 'db', state: 'silent' });
  expect(body.replicas[0].state).toBe('serving');
});

test('whoever may not look causes no look', async () => {
  const before = asked;
  const closed = await request(fakeApp({}, { ...environment, FLEET_FOR: '' }))
    .get('/fleet')
    .expect(403);
  expect(closed.text).toContain('Set FLEET_FOR ');
  const forged = request(fakeApp({}, { ...environment, FLEET_FOR: '10.0.0.0/8' })).get('/fleet');
  await forged.set('X-Forwarded-For', '10.0.0.7').expect(403);
  expect(asked).toBe(before);
});
