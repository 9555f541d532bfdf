import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { deploy, showPlan } from './deploy.ts';
import { stackFileOf } from './history/test-release.ts';
import { deployedOf, type Live } from './plan/live.ts';
import { startTestDocker, type TestDocker } from './swarm/test-docker.ts';
import { startTestEngine, type TestEngine } from './swarm/test-engine.ts';
import { network, specificationOf } from './swarm/test-live.ts';
import { nodeOf, taskOf } from './swarm/test-view.ts';

const wanted = { stack: 'motorpool', version: '1.0', revision: 'abc', images: 'motorpool', only: [] };
const names = ['service1', 'service2', 'service3', 'service4', 'nginx'];
let docker: TestDocker;
let engine: TestEngine;
let nginx: Server;
let said: string[];

beforeEach(async () => {
  said = [];
  jest.spyOn(console, 'log').mockImplementation(line => void said.push(`${line}`));
  nginx = createServer((_request, response) => {
    const steps = {
      service2: { version: '1.0' },
      service3: { version: '1.0' },
      service4: { version: '1.0' },
    };
    response.setHeader('X-Version', '1.0').end(JSON.stringify({ receipt: { steps } }));
  });
  await new Promise<void>(resolve => nginx.listen(0, '127.0.0.1', resolve));
  docker = await startTestDocker();
  engine = await startTestEngine();
});
afterEach(async () => {
  jest.restoreAllMocks();
  nginx.close();
  await docker.remove();
  await engine.remove();
});

test('a version that is deployed already is only looked at, and drawn', async () => {
  await deployed();
  await deploy(wanted);
  expect(said).toContain('No change.');
  expect(said).toContainEqual(expect.stringMatching(/Drawing through http:\/\/127/));
  expect(said.at(-1)).toMatch(/Version 1\.0 runs\./);
  expect(await docker.commands()).toEqual([expect.stringMatching(/^stack config/)]);
  const changes = engine.requests.filter(request => !request.startsWith('GET'));
  expect(changes).toEqual([
    expect.stringMatching(/^POST \/configs\/create .*"motorpool_lock"/),
    'DELETE /configs/motorpool_lock',
  ]);
});

test('a version that is deployed but does not answer is an error, though nothing is to change', async () => {
  await deployed();
  nginx.removeAllListeners('request').on('request', (_request, response) => response.writeHead(503).end());
  await expect(deploy(wanted)).rejects.toThrow(
    /^Version 1\.0 was deployed, but is not well\.\n✗ nginx answered 503 .*\n.*\nNothing was changed\./,
  );
});

test('a plan says what was changed by hand and what would be deployed, and ends with how much', async () => {
  await deployed(({ services }) => {
    const service2 = services.find(({ Spec }) => Spec.Name === 'motorpool_service2');
    if (service2) service2.Spec.Mode = { Replicated: { Replicas: 5 } };
  });
  const file = fileOf('1.0');
  file.services.service3 = { ...file.services.service3, image: 'motorpool/service3:1.1' };
  await docker.answer({ 'stack config': JSON.stringify(file) });
  await showPlan(wanted);
  expect(said.slice(1)).toEqual([
    '          ~ service2.replicas: 5, deployed: 2',
    '          ~ service3.image: motorpool/service3:1.0 → motorpool/service3:1.1',
    '2 changes.',
  ]);
  expect(engine.requests.filter(request => !request.startsWith('GET'))).toEqual([]);
});

/** Makes a swarm that has version 1.0 as it was deployed, but for what was changed by hand since. */
async function deployed(change: (live: Live) => void = () => {}): Promise<void> {
  const Data = Buffer.from(
    JSON.stringify({ ...fileOf('1.0'), 'x-deployed': deployedOf('motorpool', live()) }),
  );
  const Labels = { 'motorpool.release': '1', 'motorpool.version': '1.0' };
  const release = { Spec: { Name: 'motorpool_release_1', Labels, Data: Data.toString('base64') } };
  const now = live();
  change(now);
  engine.answers = {
    'GET /configs?filters={"label":["motorpool.release-of=motorpool"]}': [release],
    'GET /secrets': [{ CreatedAt: '1', Spec: { Name: 'password_1.0' } }],
    'GET /services': now.services,
    'GET /networks': now.networks,
    'GET /nodes': now.nodes,
    'GET /tasks': now.services.flatMap(({ ID, Spec: { TaskTemplate } }) =>
      [1, 2].map(number => taskOf(`${ID} ${number}`, '', 'running', { ServiceID: ID, Spec: TaskTemplate })),
    ),
    'POST /configs/create': { ID: 'lock' },
    'DELETE /configs/motorpool_lock': null,
  };
  await docker.answer({ 'stack config': JSON.stringify(fileOf('1.0')) });
}

function fileOf(version: string) {
  const [password, published] = [
    { name: 'password_1.0', external: true },
    (nginx.address() as AddressInfo).port,
  ];
  const services = names.map(name => [
    name,
    { image: `motorpool/${name}:${version}`, ports: [{ published }] },
  ]);
  const secrets = { db_password: password, db_first_password: password };
  return { ...stackFileOf(version), services: Object.fromEntries(services), secrets };
}

function live(): Live {
  const services = names.map(name => ({ ID: name, Version: { Index: 1 }, Spec: specificationOf(name) }));
  const node = nodeOf('node1');
  node.Spec.Labels['motorpool.database'] = 'true';
  node.Status.Addr = '127.0.0.1';
  return { services, networks: [network('n1', 'motorpool_parts')], nodes: [node] };
}
