import { expect, test } from '@jest/globals';
import { deploy, showPlan } from './deploy.ts';
import { configOf, stackFileOf } from './history/test-release.ts';
import { deployedOf, type Live } from './plan/live.ts';
import { rebalance } from './rebalance.ts';
import { network, specificationOf } from './swarm/test-live.ts';
import { testSwarm } from './swarm/test-swarm.ts';
import { nodeOf, taskOf } from './swarm/test-view.ts';

const wanted = {
  stack: 'motorpool',
  version: '1.0',
  revision: 'abc',
  images: 'motorpool',
  only: [],
  renew: [],
};
const digestIn = (letter: string) => `sha256:${letter.repeat(64)}`;
const digest = digestIn('a');
const names = ['service1', 'service2', 'service3', 'service4', 'nginx'];
const { engine, docker, said } = testSwarm();

test('a version that is deployed already is only looked at, and drawn', async () => {
  await deployed();
  await deploy(wanted);
  expect(said).toContain('No change.');
  expect(said).toContainEqual(expect.stringMatching(/Drawing on every node/));
  expect(said.at(-1)).toMatch(/Version 1\.0 runs\./);
  expect(await docker.commands()).toEqual([expect.stringMatching(/^stack config/)]);
  const changes = engine.requests.filter(request => !request.startsWith('GET'));
  expect(changes).toEqual([
    'DELETE /services/draws',
    expect.stringMatching(/^POST \/services\/create .*"motorpool-draws"/),
    'DELETE /services/draws',
  ]);
});

test('where the tasks are spread a rebalance touches nothing, and draws on every node', async () => {
  await deployed();
  await rebalance('motorpool');
  expect(said).toContainEqual(expect.stringMatching(/Drawing on every node/));
  expect(said.at(-1)).toMatch(/Version 1\.0 runs\./);
  expect(await docker.commands().catch(() => [])).toEqual([]);
});

test('a version that is deployed but does not answer is an error, though nothing is to change', async () => {
  await deployed();
  engine.answers['GET /tasks?filters={"service":["draws"]}'] = [taskOf('draw', '', 'failed')];
  const fault = {
    service: 'nginx',
    reason: 'answered 503 to a draw as text/html',
    task: 'Nobody is at the wheel',
  };
  await docker.answer({ 'service logs': JSON.stringify(fault) });
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
  const other = { Descriptor: { digest: digestIn('b') } };
  Object.assign(engine.answers, { 'GET /distribution/motorpool/service3:1.1/json': other });
  await docker.answer({ 'stack config': JSON.stringify(file) });
  await showPlan(wanted);
  expect(said.slice(1)).toEqual([
    '          ~ service2.replicas: 5, deployed: 2',
    '          ~ service3.image: motorpool/service3:1.0@sha256:aaaaaaaaaaaa… → motorpool/service3:1.1@sha256:bbbbbbbbbbbb…',
    '2 changes.',
  ]);
  expect(engine.requests.filter(request => !request.startsWith('GET'))).toEqual([]);
});

test('a version that no registry gives is refused in one sentence, and nothing is touched', async () => {
  await deployed();
  await docker.answer({ 'stack config': JSON.stringify(fileOf('9.9')) });
  const services = names.filter(name => name !== 'nginx').map(name => `${name}:9.9 (manifest unknown)`);
  engine.answers['GET /distribution/motorpool/nginx'] = { Descriptor: { digest } };
  engine.refusals['GET /distribution'] = 'manifest unknown';
  await expect(deploy({ ...wanted, version: '9.9' })).rejects.toThrow(
    `Version 9.9 was not deployed, and nothing was touched, since no registry gives motorpool/${services.join(', motorpool/')}.`,
  );
  expect(engine.requests.filter(request => !request.startsWith('GET')).map(kindOf)).toEqual([
    'POST /configs/create',
  ]);
  expect(engine.requests).toContainEqual(
    expect.stringMatching(/"motorpool_attempt_1".*"motorpool\.attempt\.outcome":"untouched"/),
  );
});

test('an NGINX that is published anew is named, and stays as it is until it is asked for', async () => {
  await deployed();
  engine.answers['GET /distribution/motorpool/nginx:1.0/json'] = { Descriptor: { digest: digestIn('c') } };
  await deploy(wanted);
  expect(said).toContainEqual(
    expect.stringMatching(/Another motorpool\/nginx:1\.0 .*: --renew nginx takes it/),
  );
  expect(said).toContain('No change.');
  await showPlan({ ...wanted, renew: ['nginx'] });
  expect(said.at(-2)).toMatch(/~ nginx\.image: .*aaa… → motorpool\/nginx:1\.0@sha256:cccccccccccc…/);
});

/** Makes a swarm that has version 1.0 as it was deployed, but for what was changed by hand since. */
async function deployed(change: (live: Live) => void = () => {}): Promise<void> {
  const release = configOf(1, '1.0', fileOf('1.0', `@${digest}`), deployedOf('motorpool', live()));
  const now = live();
  change(now);
  engine.answers = {
    'GET /configs?filters={"label":["motorpool.release-of=motorpool"]}': [release],
    'GET /configs?filters={"label":["motorpool.attempt-of=motorpool"]}': [],
    'GET /secrets?filters={"label":["motorpool.errand-of=motorpool"]}': [],
    'GET /secrets': [{ CreatedAt: '1', Spec: { Name: 'password_1.0' } }],
    'POST /services/create': { ID: 'draws' },
    'GET /services?filters={"label":["motorpool.errand-of=motorpool"]}': [{ ID: 'draws' }],
    'DELETE /services/draws': null,
    'GET /tasks?filters={"service":["draws"]}': [taskOf('draw', '', 'complete')],
    'GET /services': now.services,
    'GET /networks': now.networks,
    'GET /nodes': now.nodes,
    'GET /tasks': now.services.flatMap(({ ID, Spec: { TaskTemplate } }) =>
      [1, 2].map(number => taskOf(`${ID} ${number}`, '', 'running', { ServiceID: ID, Spec: TaskTemplate })),
    ),
    'POST /configs/create': { ID: 'attempt' },
  };
  await docker.answer({ 'stack config': JSON.stringify(fileOf('1.0')) });
}

function kindOf(request: string): string {
  return request.replace(/[?{].*/s, '').trim();
}

function fileOf(version: string, as = '') {
  const password = { name: 'password_1.0', external: true };
  const services = names.map(name => [
    name,
    { image: `motorpool/${name}:${version}${as}`, ports: [{ target: 80, published: 9 }] },
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
