import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { bringAbout } from './bring-about.ts';
import { converge } from './converge.ts';
import { whileLocked } from './lock.ts';
import { startTestDocker, type TestDocker } from './test-docker.ts';
import { stackFileOf } from './test-release.ts';
import { nodeOf, serviceOf, taskOf } from './test-view.ts';

const image = 'service2:1.1';
let docker: TestDocker;

beforeAll(() => {
  jest.spyOn(console, 'log').mockReturnValue();
});
beforeEach(async () => {
  docker = await startTestDocker();
});
afterEach(() => docker.remove());
afterAll(() => {
  jest.restoreAllMocks();
});

test('a docker command that fails in the middle is a failed deploy that says so', async () => {
  const release = { version: '1.1', file: stackFileOf('1.1'), restores: null };
  await expect(bringAbout('motorpool', release, null)).rejects.toThrow(
    /^Version 1\.1 was not deployed\.\n✗ the deploy was interrupted: .*leader\nThere was no release before/,
  );
});

test('while the swarm cannot be looked at the wait goes on, and says it once', async () => {
  const before = { services: new Map([['service2', serviceOf(image)]]), taskIds: new Set<string>() };
  const said: string[] = [];
  const done = converge('motorpool', ['service2'], before, 20_000, line => {
    said.push(line);
    if (/cannot be looked at/.test(line)) void docker.answer(healthySwarm());
  });
  expect(await done).toEqual([]);
  expect(said).toEqual([
    expect.stringMatching(/^the swarm cannot be looked at: .*leader/),
    'service2  2 of 2 run it',
  ]);
});

test('a swarm that cannot be looked at until the end is a failure', async () => {
  const before = { services: new Map(), taskIds: new Set<string>() };
  expect(await converge('motorpool', ['service2'], before, 0, () => {})).toMatchObject([
    { service: 'the swarm', reason: expect.stringMatching(/in time: cannot be looked at: .*leader/) },
  ]);
});

test('a lock that cannot be removed does not hide why the work failed', async () => {
  await docker.answer({ 'config create': 'locked' });
  const complaint = jest.spyOn(console, 'error').mockReturnValue();
  const work = whileLocked('motorpool', () => Promise.reject(new Error('the work failed')));
  await expect(work).rejects.toThrow('the work failed');
  expect(complaint).toHaveBeenCalledWith(expect.stringContaining('docker config rm motorpool_lock'));
});

function healthySwarm() {
  return {
    'service ls': 'motorpool_service2',
    'service inspect': JSON.stringify([serviceOf(image)]),
    'node ls': 'node1',
    'node inspect': JSON.stringify([nodeOf('node1')]),
    'service ps': 'a\nb',
    'inspect --type task': JSON.stringify([taskOf('a', image), taskOf('b', image)]),
  };
}
