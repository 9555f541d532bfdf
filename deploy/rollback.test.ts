import { beforeEach, describe, expect, test } from '@jest/globals';
import { configOf, releaseOf } from './history/test-release.ts';
import { releaseBefore, rollback } from './rollback.ts';
import { liveOf } from './swarm/test-live.ts';
import { testSwarm } from './swarm/test-swarm.ts';

const releases = [releaseOf(1, '1.0'), releaseOf(2, '1.1'), releaseOf(3, '1.2')];

test('a rollback goes to the release before', () => {
  expect(releaseBefore(releases)?.version).toBe('1.1');
});

test('a second rollback goes on to the one before that, and not back to the bad one', () => {
  const rolledBack = [...releases, releaseOf(4, '1.1', 2)];
  expect(releaseBefore(rolledBack)?.version).toBe('1.0');
  expect(releaseBefore([...rolledBack, releaseOf(5, '1.0', 1)])).toBeUndefined();
});

test('a rollback from a new release after a rollback restores what that one had restored', () => {
  const again = [...releases, releaseOf(4, '1.1', 2), releaseOf(5, '1.3')];
  expect(releaseBefore(again)).toMatchObject({ number: 4, version: '1.1' });
});

test('a rollback passes over releases of the version that runs, as a new password makes them', () => {
  expect(releaseBefore([...releases, releaseOf(4, '1.2')])?.version).toBe('1.1');
});

test('a rollback to a version goes to its newest release, also forward', () => {
  const rolledBack = [...releases, releaseOf(4, '1.1', 2)];
  expect(releaseBefore(rolledBack, '1.2')?.number).toBe(3);
  expect(releaseBefore(rolledBack, '7.0')).toBeUndefined();
});

test('there is nothing before the first release', () => {
  expect(releaseBefore([])).toBeUndefined();
  expect(releaseBefore([releaseOf(1, '1.0')])).toBeUndefined();
});

describe('After an attempt that was killed in the middle', () => {
  const { engine, said } = testSwarm();

  beforeEach(() => {
    const attempt = { 'motorpool.attempt': '3', 'motorpool.attempt.outcome': 'under way' };
    engine.answers = {
      'GET /configs?filters={"label":["motorpool.release-of=motorpool"]}': [
        configOf(1, '1.0'),
        configOf(2, '1.1'),
      ],
      'GET /configs?filters={"label":["motorpool.attempt-of=motorpool"]}': [{ Spec: { Labels: attempt } }],
      'GET /services': liveOf().services,
      'GET /networks': [],
      'GET /nodes': liveOf().nodes,
      'GET /distribution/': { Descriptor: { digest: `sha256:${'a'.repeat(64)}` } },
      'POST /configs/create': { ID: 'new' },
      DELETE: null,
    };
  });

  test('a rollback goes to the last release that ran well, and not one too far', async () => {
    await rollback('motorpool').catch(() => {}); // the made-up nodes have no images
    expect(said).toContainEqual(expect.stringMatching(/Going back from what .* left half-made to 1\.1\.$/));
  });
});
