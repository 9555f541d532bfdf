import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

function version(environment: Record<string, string>) {
  const { VERSION: _version, ROLLBACK_TO: _back, ...others } = process.env;
  const { status, stdout, stderr } = spawnSync('bash', ['scripts/version.sh'], {
    env: { ...others, ...environment },
    encoding: 'utf8',
  });
  return { status, version: stdout.trim(), stderr };
}

test('the version is the one that was asked for, and going back comes first', () => {
  expect(version({ VERSION: '1.2.3' }).version).toBe('1.2.3');
  expect(version({ VERSION: '1.2.3', ROLLBACK_TO: '1.2.2' }).version).toBe('1.2.2');
});

test('without one it is that of package.json with the commit', () => {
  const commit = spawnSync('git', ['rev-parse', '--short=10', 'HEAD'], { encoding: 'utf8' }).stdout.trim();
  const { version: declared } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(version({ VERSION: '', ROLLBACK_TO: '' }).version).toBe(`${declared}-${commit}`);
});

test.each(['1.2.3 secret=x', '1.2.3;id', '-1', 'é', 'x'.repeat(101)])(
  'a version that would be more than a tag is refused: %s',
  text => {
    const { status, version: printed, stderr } = version({ VERSION: text });
    expect({ status, printed }).toEqual({ status: 1, printed: '' });
    expect(stderr).toContain('cannot be a version; use letters');
  },
);
