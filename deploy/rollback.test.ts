import { expect, test } from '@jest/globals';
import { releaseOf } from './history/test-release.ts';
import { releaseBefore } from './rollback.ts';

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
