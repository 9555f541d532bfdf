import { beforeEach, expect, test } from '@jest/globals';
import { stackFileOf } from '../history/test-release.ts';
import { forSwarm } from '../publish/render.ts';
import { stateOf } from '../run/service-state.ts';
import { testSwarm } from '../swarm/test-swarm.ts';
import { nodeOf, serviceOf, taskOf } from '../swarm/test-view.ts';
import { planDatabase } from './database-group.ts';

const { engine } = testSwarm();
beforeEach(() => {
  engine.answers = { 'GET /info': { Swarm: { NodeID: 'node2' } } };
});

/** Nodes by the values of their label for the database. */
const nodesOf = (...labels: string[]) =>
  labels.map((label, index) => {
    const node = nodeOf(`node${index + 1}`);
    if (label) node.Spec.Labels['motorpool.database'] = label;
    return node;
  });
const refusal = /needs three nodes or five, and one that has the people/;

test.each([
  ['one label is one server', ['true', '', ''], 'node1', [], undefined],
  [
    'at first members begin with this manager',
    ['member', 'member', 'member'],
    null,
    ['node1', 'node2', 'node3'],
    'node2',
  ],
  [
    'a single server becomes the founder',
    ['true', 'member', 'member'],
    'node1',
    ['node1', 'node2', 'node3'],
    'node1',
  ],
  [
    'a group that is there has no founder',
    ['member', 'member', 'member'],
    'node1,node2,node3',
    ['node1', 'node2', 'node3'],
    undefined,
  ],
  [
    'a member may be replaced',
    ['', 'member', 'member', 'member'],
    'node1,node2,node3',
    ['node2', 'node3', 'node4'],
    undefined,
  ],
  [
    'five may become three',
    ['member', 'member', 'member', '', ''],
    'node1,node2,node3,node4,node5',
    ['node1', 'node2', 'node3'],
    undefined,
  ],
])('of the nodes of the database %s', async (_what, labels, deployed, members, founder) => {
  const planned = await planDatabase(nodesOf(...labels), deployed);
  expect([planned.members, planned.founder?.ID]).toEqual([members, founder]);
});

test.each([
  ['two members', ['true', 'member'], 'node1'],
  ['a group that lost a label', ['member', 'member', ''], 'node1,node2,node3'],
  ['four of five', ['member', 'member', 'member', 'member', ''], 'node1,node2,node3,node4,node5'],
  ['members that leave the people behind', ['', 'member', 'member', 'member'], 'node1'],
  ['other members than all of before', ['', '', '', 'member', 'member', 'member'], 'node1,node2,node3'],
  ['a group without any label', ['', '', ''], 'node1,node2,node3'],
])('%s are refused', async (_what, labels, deployed) => {
  await expect(planDatabase(nodesOf(...labels), deployed)).rejects.toThrow(refusal);
});

test('a group is one server on each labelled node, that knows the names of all', () => {
  const file = stackFileOf('1.0');
  file.services.db = {
    image: 'mysql',
    environment: { A: 'b' },
    deploy: { replicas: 1, endpoint_mode: 'dnsrr' },
  };
  const passwords = { password: 'p', firstPassword: 'p' };
  expect(forSwarm(file, { ...passwords, members: ['one', 'two', 'three'] }).services.db).toEqual({
    image: 'mysql',
    environment: { A: 'b', DB_MEMBERS: 'one,two,three' },
    deploy: { mode: 'global', endpoint_mode: 'dnsrr' },
  });
  expect(forSwarm(file, { ...passwords, members: [] }).services.db).toEqual(file.services.db);
});

test('a service on every labelled node is done when it runs on these', () => {
  const service = serviceOf('mysql');
  service.Spec.Mode = { Global: {} };
  service.Spec.TaskTemplate.Placement = { Constraints: ['node.labels.motorpool.database == member'] };
  const nodes = nodesOf('member', '', 'member');
  const services = new Map([['db', service]]);
  const tasks = ['node1', 'node3'].map(NodeID =>
    taskOf(NodeID, '', 'running', {
      NodeID,
      Spec: { ContainerSpec: service.Spec.TaskTemplate.ContainerSpec },
    }),
  );
  const state = (seen: typeof tasks) =>
    stateOf('db', { services, nodes, tasks: seen }, { services, taskIds: new Set() }).progress;
  expect([state(tasks), state(tasks.slice(1))]).toEqual(['2 of 2 run it', '1 of 2 run it']);
});
