import { expect, test } from '@jest/globals';
import { releaseOf, stackFileOf } from '../history/test-release.ts';
import type { StackFile } from '../publish/stack-file.ts';
import { testSwarm } from '../swarm/test-swarm.ts';
import { nodeOf, serviceOf, taskOf } from '../swarm/test-view.ts';
import { withServerOf } from './database-server.ts';
import { putBack } from './put-back.ts';

const { engine, docker } = testSwarm();

function withServer(version: string, server: string): StackFile {
  const file = stackFileOf(version);
  const image = `service1:${version}@sha256:aaaaaa`;
  const db = { image: `mysql:${server}@sha256:bbbbbb`, configs: [{ source: 'db_init' }] };
  const configs = { ...file.configs, db_init: { name: `motorpool_db_init_${server}`, file: '/init.sh' } };
  return { ...file, services: { service1: { image }, db }, configs };
}

test("with the database's server goes what it uses, and nothing else", () => {
  expect(withServerOf(withServer('1.0', '9.7'), withServer('1.1', '9.8'))).toEqual({
    ...withServer('1.0', '9.7'),
    services: { ...withServer('1.0', '9.7').services, db: withServer('1.1', '9.8').services.db },
    configs: {
      cars: { name: 'motorpool_cars_1.0', file: '/somewhere/cars.json' },
      db_init: { name: 'motorpool_db_init_9.8', file: '/init.sh' },
    },
  });
});

test.each<[string, object, string]>([
  ['a new server stays', {}, '9.8'],
  ['the one that the swarm goes back to stays', { UpdateStatus: { State: 'rollback_started' } }, '9.7'],
  ['the one for which the swarm was given no other stays', {}, '9.7'],
])("putting back never replaces the database's server: %s", async (which, more, version) => {
  engine.answers = healthy(more, which.includes('was given no other') ? '9.7' : '9.8');
  const given = await stackGiven();
  const running = { ...releaseOf(3, '1.0'), file: withServer('1.0', '9.7') };
  const { isPutBack } = await putBack('motorpool', running, withServer('1.1', '9.8'));
  expect(isPutBack).toBe(true);
  expect(await given()).toContain('stack deploy --resolve-image never');
  const stored = engine.requests.filter(request => request.startsWith('POST /configs/create'));
  expect(stored).toHaveLength(version === '9.8' ? 1 : 0); // what was put back is no drift afterwards
  for (const request of stored) {
    const { Labels, Data } = JSON.parse(request.slice('POST /configs/create '.length));
    expect(Labels).toMatchObject({ 'motorpool.version': '1.0', 'motorpool.restores': '3' });
    expect(Buffer.from(Data, 'base64').toString()).toContain('mysql:9.8');
  }
});

test('what cannot be put back is said, and is not taken for put back', async () => {
  engine.answers = healthy({});
  const running = { ...releaseOf(3, '1.0'), file: stackFileOf('1.0') };
  expect(await putBack('motorpool', running, stackFileOf('1.1'))).toEqual({
    said: expect.stringMatching(/^Putting back failed too:\n✗ service1 has an image without a digest/),
    isPutBack: false,
  });
});

async function stackGiven() {
  await docker.answer({ 'stack deploy': '' });
  return async () => (await docker.commands()).join('\n');
}

/** A swarm whose two services run whatever they were given. */
function healthy(more: object, server = '9.8'): Record<string, unknown> {
  const names = ['service1', 'db'];
  const image = `mysql:${server}@sha256:bbbbbb`;
  const service = (name: string) => {
    const { Spec, ...others } = serviceOf(image, { ID: name, ...(name === 'db' && more) });
    return { ...others, Spec: { ...Spec, Name: `motorpool_${name}`, Mode: { Replicated: { Replicas: 1 } } } };
  };
  return {
    'GET /services': names.map(service),
    'GET /tasks': names.map(name => taskOf(`task of ${name}`, image, 'running', { ServiceID: name })),
    'GET /nodes': [nodeOf('node1')],
    'GET /configs': [],
    'GET /networks': [],
    'POST /configs/create': { ID: 'stored' },
  };
}
