import { expect, test } from '@jest/globals';
import { stackFileOf } from '../history/test-release.ts';
import { testSwarm } from '../swarm/test-swarm.ts';
import { nodeOf, serviceOf, taskOf } from '../swarm/test-view.ts';
import { bringAbout } from './bring-about.ts';
import { converge } from './converge.ts';

const image = 'service2:1.1';
const { engine, said } = testSwarm();

test('a docker command that fails in the middle is a failed deploy that says so', async () => {
  const release = { version: '1.1', file: pinned(), restores: null };
  await expect(bringAbout('motorpool', release, undefined)).rejects.toThrow(
    /^Version 1\.1 was not deployed\.\n✗ the deploy was interrupted: .*leader\nThere was no release before/,
  );
});

test('an image without a digest is given to no node', async () => {
  const release = { version: '1.1', file: stackFileOf('1.1'), restores: null };
  await expect(bringAbout('motorpool', release, undefined)).rejects.toThrow(
    /^Version 1\.1 was not deployed\.\n✗ service1 has an image without a digest\n {2}motorpool\/service1:1\.1\n/,
  );
  expect(engine.requests.filter(request => !request.startsWith('GET'))).toEqual([]);
});

test('while the swarm cannot be looked at the wait goes on, and says it once', async () => {
  const before = { services: new Map([['service2', serviceOf(image)]]), taskIds: new Set<string>() };
  setTimeout(() => Object.assign(engine, { answers: healthySwarm }), 1500);
  expect(await converge('motorpool', ['service2'], before)).toEqual([]);
  expect(said).toEqual([
    expect.stringMatching(/ the swarm cannot be looked at: .*leader/),
    expect.stringMatching(/ service2 {2}2 of 2 run it$/),
  ]);
});

test('a swarm that cannot be looked at until the end is a failure', async () => {
  const before = { services: new Map(), taskIds: new Set<string>() };
  expect(await converge('motorpool', ['service2'], before, 0)).toMatchObject([
    { service: 'the swarm', reason: expect.stringMatching(/in time: cannot be looked at: .*leader/) },
  ]);
});

function pinned() {
  const file = stackFileOf('1.1');
  file.services.service1 = { ...file.services.service1, image: 'motorpool/service1:1.1@sha256:aaaaaa' };
  return file;
}

const healthySwarm = {
  'GET /services': [serviceOf(image)],
  'GET /nodes': [nodeOf('node1')],
  'GET /tasks': [taskOf('a', image), taskOf('b', image)],
};
