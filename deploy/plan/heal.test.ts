import { beforeEach, expect, test } from '@jest/globals';
import { liveOf, network, specificationOf } from '../swarm/test-live.ts';
import { testSwarm } from '../swarm/test-swarm.ts';
import { nodeOf, serviceOf, taskOf } from '../swarm/test-view.ts';
import { planDatabaseNode } from './database-node.ts';
import { driftOf } from './drift.ts';
import { deployedOf, type Live } from './live.ts';
import { carryOut, type Preparation } from './plan.ts';

const deployed = deployedOf('motorpool', liveOf());
const { engine, docker } = testSwarm();

beforeEach(async () => {
  engine.answers = { 'DELETE /services/': null };
  await docker.answer({ 'service update': '', 'node update': '' });
});

const drift = (live: Live) => driftOf('motorpool', deployed, live);
const linesOf = (preparations: Preparation[]) => preparations.flatMap(({ lines }) => lines);

test.each<Record<string, string>>([{ 'com.docker.stack.namespace': 'motorpool' }, {}])(
  'a stray service is named and removed, with the label of the stack or without: %p',
  async Labels => {
    const found = drift(
      liveOf((_service2, { services }) => {
        const Spec = { ...specificationOf('extra'), Labels };
        services.push({ ID: 'stray', Version: { Index: 1 }, Spec });
      }),
    );
    expect(linesOf(found)).toEqual(['+ extra: extra:1.0@sha256:abc, not deployed']);
    await carryOut(found);
    expect(engine.requests).toEqual(['DELETE /services/stray']);
  },
);

test("a service that lost the stack's label gets it back, and goes on", async () => {
  const found = drift(
    liveOf(({ Labels }) => {
      delete Labels['com.docker.stack.namespace'];
    }),
  );
  expect(linesOf(found)).toEqual(['- service2.labels.com.docker.stack.namespace: none, deployed: motorpool']);
  await carryOut(found);
  expect(await docker.commands()).toEqual([
    'service update --detach --label-add com.docker.stack.namespace=motorpool id2',
  ]);
});

test('a service with another image forgets which one it was deployed with, or that would be left alone', async () => {
  const found = drift(
    liveOf(({ TaskTemplate }) => {
      TaskTemplate.ContainerSpec.Image = 'other:1@sha256:def';
    }),
  );
  await carryOut(found);
  expect(await docker.commands()).toEqual(['service update --detach --label-rm com.docker.stack.image id2']);
});

test('a service of another mode is removed, for a swarm cannot change that', async () => {
  const found = drift(
    liveOf(service2 => {
      service2.Mode = { Global: {} };
    }),
  );
  expect(linesOf(found)).toEqual(['- service2.replicas: none, deployed: 2']);
  await carryOut(found);
  expect(engine.requests).toEqual(['DELETE /services/id2']);
});

test('a network that is another one and in use is an error that says what to do', async () => {
  const found = drift(
    liveOf((_service2, { networks }) => {
      networks[0] = { ...network('n1', 'motorpool_parts'), Attachable: true };
    }),
  );
  await expect(carryOut(found)).rejects.toThrow(
    /^The network motorpool_parts .* `docker stack rm motorpool`/,
  );
});

test("the database's node gets its label back, whichever others have it", async () => {
  const { nodes } = liveOf((_service2, live) => {
    for (const { Spec } of live.nodes) Spec.Labels = {};
  });
  for (const ID of ['node3', 'node4']) {
    const other = nodeOf(ID);
    other.Spec.Labels['motorpool.database'] = 'true';
    nodes.push(other);
  }
  const found = await planDatabaseNode(nodes, 'node1');
  expect(linesOf(found)).toEqual([
    '- node1.labels.motorpool.database: none, deployed: true',
    '+ node3.labels.motorpool.database: true, not deployed',
    '+ node4.labels.motorpool.database: true, not deployed',
  ]);
  await carryOut(found);
  expect(await docker.commands()).toEqual([
    'node update --label-add motorpool.database=true node1',
    'node update --label-rm motorpool.database node3',
    'node update --label-rm motorpool.database node4',
  ]);
});

test("where the database's node is gone, no other one gets its label by itself", async () => {
  const { nodes } = liveOf((_service2, live) => {
    for (const { Spec } of live.nodes) Spec.Labels = {};
  });
  await expect(planDatabaseNode(nodes, 'node9')).rejects.toThrow(/volume is not in the swarm any more/);
});

test("a second node with the database's label loses it, and one that has it alone is believed", async () => {
  const { nodes } = liveOf((_service2, live) => {
    for (const { Spec } of live.nodes) Spec.Labels = { 'motorpool.database': 'true' };
  });
  const found = await planDatabaseNode(nodes, 'node2');
  expect(linesOf(found)).toEqual(['+ node1.labels.motorpool.database: true, not deployed']);
  await carryOut(found);
  expect(await docker.commands()).toEqual(['node update --label-rm motorpool.database node1']);
  expect(await planDatabaseNode(liveOf().nodes, 'node2')).toEqual([
    { lines: ['~ the label motorpool.database: on node1, deployed: node2'] },
  ]);
  await expect(planDatabaseNode(nodes, null)).rejects.toThrow(/^Both node1 and node2 carry the label/);
});

test('at first the label goes to the node where the database runs, and else to this manager', async () => {
  const nodes = [nodeOf('node1'), nodeOf('node2')];
  const database = serviceOf('mysql:9.7');
  engine.answers = {
    'GET /tasks': [
      taskOf('t1', 'mysql:9.7', 'failed'),
      taskOf('t2', 'mysql:9.7', 'running', { NodeID: 'node2' }),
    ],
    'GET /info': { Swarm: { NodeID: 'node1' } },
  };
  const line = (node: string) => [`+ the label motorpool.database on ${node}: the database stays there`];
  expect(linesOf(await planDatabaseNode(nodes, null, database))).toEqual(line('node2'));
  expect(linesOf(await planDatabaseNode(nodes, null))).toEqual(line('node1'));
});
