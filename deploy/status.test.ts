import { expect, test } from '@jest/globals';
import { configOf, stackFileOf } from './history/test-release.ts';
import { deployedOf, type Live } from './plan/live.ts';
import { status } from './status.ts';
import { liveOf } from './swarm/test-live.ts';
import { testSwarm } from './swarm/test-swarm.ts';

const { engine, said } = testSwarm();

/** Lets version 1.1 be deployed, after an attempt that failed, and something of it be changed since. */
function deployed(change: Parameters<typeof liveOf>[0]): void {
  const now: Live = liveOf(change);
  const release = configOf(4, '1.1', stackFileOf('1.1'), deployedOf('motorpool', liveOf()));
  const attempt = {
    'motorpool.attempt': '7',
    'motorpool.attempt.what': '1.2',
    'motorpool.attempt.who': 'me on ci',
    'motorpool.attempt.since': '2030-01-01T10:20:30Z',
    'motorpool.attempt.outcome': 'put back',
    'motorpool.attempt.cause': 'Version 1.2 was not deployed.\n✗ service1 is ill\n  node1',
  };
  engine.answers = {
    'GET /configs?filters={"label":["motorpool.release-of': [release],
    'GET /configs?filters={"label":["motorpool.attempt-of': [{ Spec: { Labels: attempt } }],
    'GET /services': now.services,
    'GET /networks': now.networks,
    'GET /nodes': now.nodes,
    'GET /tasks': [],
  };
}

test('a status says what is deployed, whether that runs, and how attempts ended, by whom and why', async () => {
  deployed(() => {});
  await status('motorpool');
  expect(said).toEqual([
    expect.stringMatching(/Deployed: 1\.1 \(release 4\)\. Before: nothing\.$/),
    'That is what runs.',
    '  2030-01-01 10:20 1.2, by me on ci: failed, what ran before was put back: ✗ service1 is ill',
    expect.stringContaining('service1  no task'),
  ]);
});

test('a status names what runs otherwise than it was deployed', async () => {
  deployed(({ Mode }) => Object.assign(Mode, { Replicated: { Replicas: 5 } }));
  await status('motorpool');
  expect(said.slice(1, 3)).toEqual(['What runs differs from it:', '  ~ service2.replicas: 5, deployed: 2']);
});
