import { beforeEach, expect, test } from '@jest/globals';
import { stackFileOf } from '../history/test-release.ts';
import { testSwarm } from '../swarm/test-swarm.ts';
import { nodeOf, taskOf } from '../swarm/test-view.ts';
import { verify } from './verify.ts';

const file = {
  ...stackFileOf('1.1'),
  services: {
    service1: { image: 'r/service1:1.1' },
    nginx: { image: 'nginx', ports: [{ target: 80, published: 9 }] },
  },
};
const { engine, docker, said } = testSwarm();

beforeEach(() => {
  const nodes = ['node1', 'node2'].map(name => ({
    ...nodeOf(name),
    Status: { State: 'ready', Addr: '127.0.0.1' },
  }));
  engine.answers = {
    'GET /secrets': [],
    'POST /services/create': { ID: 'two' },
    'GET /services?filters={"label":["motorpool.errand-of=motorpool"]}': [{ ID: 'two' }],
    'DELETE /services/two': null,
    'GET /nodes': nodes,
    'GET /tasks': [taskOf('a', '', 'complete'), taskOf('b', '', 'complete', { NodeID: 'node2' })],
  };
});

function failing(Err: string): void {
  const task = taskOf('b', '', 'failed', { NodeID: 'node2' });
  Object.assign(task.Status, { Err });
  const again = taskOf('c', '', 'running', { NodeID: 'node2' }); // so a job does where it has failed
  engine.answers['GET /tasks'] = [again, taskOf('a', '', 'complete'), task];
}

const ports = [{ target: 80, published: 9 }];
test.each([
  ['http://127.0.0.1:9/', ports],
  ['https://127.0.0.1:7/', [{ target: 443, published: 7 }, ...ports]],
  ['https://127.0.0.1:11/', [...ports, { target: 443, published: 11 }]],
])(
  'every node draws at its own door %s, and who cannot be reached from here is only named',
  async (address, ports) => {
    const nginx = { image: 'nginx', ports };
    expect(await verify('motorpool', { ...file, services: { ...file.services, nginx } })).toEqual([]);
    const [created] = engine.requests.filter(request => request.startsWith('POST /services/create'));
    const { TaskTemplate } = JSON.parse(`${created}`.slice('POST /services/create '.length));
    expect(TaskTemplate.Networks).toEqual([{ Target: 'host' }]);
    expect(TaskTemplate.ContainerSpec).not.toHaveProperty('Mounts');
    expect(TaskTemplate.RestartPolicy.Delay).toBe(60e9); // where it fails it would begin anew each second
    expect(JSON.parse(TaskTemplate.ContainerSpec.Env[0].slice('WANTED='.length))).toEqual({
      address,
      versions: { service1: '1.1' },
    });
    expect(said.at(-1)).toMatch(
      /From here the page cannot be reached through node1, node2; on the nodes it can$/,
    );
  },
);

test('what a node says is wrong is told with its name', async () => {
  const failure = { service: 'service3', reason: 'is not ready', task: 'replica abc: {}' };
  failing('task: non-zero exit (1)');
  await docker.answer({ 'service logs': JSON.stringify(failure) });
  expect(await verify('motorpool', file)).toEqual([{ ...failure, task: 'node2, replica abc: {}', log: '' }]);
});

test('a node that cannot draw at all is a failure', async () => {
  failing('starting container failed');
  expect(await verify('motorpool', file)).toMatchObject([
    { reason: 'could not draw on node2: starting container failed' },
  ]);
});

test('a service 1 without Node.js is deployed all the same, and it is said that nobody draws there', async () => {
  failing('exec: "node": executable file not found in $PATH');
  expect(await verify('motorpool', file)).toEqual([]);
  expect(said).toContainEqual(
    expect.stringMatching(/Nobody draws on node2: service 1 has no Node.js there$/),
  );
});

test('while the swarm elects a leader nothing is held against the release', async () => {
  const { 'GET /tasks': tasks } = engine.answers;
  delete engine.answers['GET /tasks'];
  setTimeout(() => Object.assign(engine.answers, { 'GET /tasks': tasks }), 1000);
  expect(await verify('motorpool', file)).toEqual([]);
});

test('a warning of Node.js is not taken for what a node says', async () => {
  const failure = { service: 'nginx', reason: 'is not ready', task: '{}' };
  failing('task: non-zero exit (1)');
  await docker.answer({
    'service logs': `${JSON.stringify(failure)}\n(node:1) ExperimentalWarning: Type Stripping`,
  });
  expect(await verify('motorpool', file)).toMatchObject([{ service: 'nginx' }]);
});
