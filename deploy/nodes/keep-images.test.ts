import { beforeEach, expect, test } from '@jest/globals';
import { configOf } from '../history/test-release.ts';
import { testSwarm } from '../swarm/test-swarm.ts';
import { nodeOf, taskOf } from '../swarm/test-view.ts';
import { keepImages } from './keep-images.ts';

const fileOf = (version: string) => ({
  ...{ networks: {}, volumes: {}, configs: {}, secrets: {} },
  services: {
    service1: { image: `r/service1:${version}@sha256:a${version.replace('.', '')}00000` },
    db: { image: 'mysql:9.7@sha256:dddddd' },
  },
});
const { engine, docker, said } = testSwarm();

beforeEach(() => {
  engine.answers = {
    'GET /configs': ['1.0', '1.1', '1.2', '1.2', '1.3'].map((version, index) =>
      configOf(index + 1, version, fileOf(version), { services: {}, networks: {}, databaseNode: 'node1' }),
    ),
    'GET /secrets': [],
    'POST /services/create': { ID: 'two' },
    'GET /services?filters={"label":["motorpool.errand-of=motorpool"]}': [{ ID: 'two' }],
    'DELETE /services/two': null,
    'GET /nodes': [nodeOf('node1'), nodeOf('node2')],
    'GET /tasks': [taskOf('a', '', 'complete'), taskOf('b', '', 'complete', { NodeID: 'node2' })],
  };
});

/** Lets node2 fail with an error, and print lines. */
async function failing(Err: string, lines: string): Promise<void> {
  const task = taskOf('b', '', lines ? 'failed' : 'rejected', { NodeID: 'node2' });
  Object.assign(task.Status, { Err });
  engine.answers['GET /tasks'] = [taskOf('a', '', 'complete'), task];
  await docker.answer({ 'service logs': lines });
}

const keep = (touched: string[], ms = 5000) => keepImages('motorpool', fileOf('1.4'), touched, ms);

test('every node keeps the new images and those of three releases that differ; MySQL its own', async () => {
  await keep(['service1']);
  const [created] = engine.requests.filter(request => request.startsWith('POST /services/create'));
  const { Mode, TaskTemplate } = JSON.parse(`${created}`.slice('POST /services/create '.length));
  expect(Mode).toEqual({ GlobalJob: {} });
  expect(TaskTemplate.ContainerSpec.Image).toMatch(/^r\/service1:1\.3@/); // not one that was never tried
  const { images } = JSON.parse(TaskTemplate.ContainerSpec.Env[0].slice('WANTED='.length));
  const kept: { image: string; only: string | null }[] = Object.values(images);
  expect(kept.map(({ image, only }) => [image.replace(/@.*/, ''), only])).toEqual([
    ['r/service1:1.4', null],
    ['mysql:9.7', 'node1'],
    ['r/service1:1.3', null],
    ['r/service1:1.2', null],
    ['r/service1:1.1', null],
  ]);
  expect(engine.requests.at(-2)).toBe('DELETE /services/two');
});

test('a node that lacks what will be started there stops it, and is named with the reason', async () => {
  await failing('task: non-zero exit (1)', 'r/service1:1.4@sha256:a1400000: connection refused');
  await expect(keep(['service1'])).rejects.toThrow(
    'Nothing was touched, since node2 lacks r/service1:1.4 (connection refused): bring the registry back, or drain the node.',
  );
});

test('what a node lacks of other releases, or of services that stay as they are, is said', async () => {
  await failing('task: non-zero exit (1)', 'r/service1:1.1@sha256:a1100000: connection refused');
  await keep(['service1']);
  expect(said).toContainEqual(expect.stringMatching(/node2 lacks r\/service1:1\.1 \(connection refused\)$/));
});

test('a node that cannot even look lacks everything', async () => {
  await failing('No such image: r/service1:1.3', '');
  await expect(keep(['db'])).rejects.toThrow(/node2 has no images that can be seen \(No such image/);
  engine.answers['GET /tasks'] = [taskOf('a', '', 'complete')];
  await expect(keep(['db'], 0)).rejects.toThrow(/node2 .*is not done after 0 s/);
});

test('a service 1 without Node.js keeps nobody from deploying', async () => {
  await failing('exec: "node": executable file not found in $PATH', '');
  await keep(['service1']);
});
