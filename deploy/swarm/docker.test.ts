import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { docker } from './docker.ts';

/** A docker client that refuses its first two calls, and then prints what it is given. */
function refusing(reason: string): () => number {
  const client = join(temporaryFolder('docker').path, 'docker');
  const refuse = `[ "$(wc -l <"$0.log")" -gt 2 ] || { echo '${reason}' >&2; exit 1; }`;
  writeFileSync(client, `#!/bin/sh\necho "$*" >>"$0.log"\n${refuse}\ncat\n`, { mode: 0o755 });
  process.env.MOTORPOOL_DOCKER = client;
  return () => readFileSync(`${client}.log`, 'utf8').trim().split('\n').length;
}

test('what a swarm refuses as it changed the same thing itself is done again, with the same input', async () => {
  const calls = refusing(
    'Error response from daemon: rpc error: code = Unknown desc = update out of sequence',
  );
  expect(await docker(['service', 'update'], { input: 'file' })).toEqual({ stdout: 'file', stderr: '' });
  expect(calls()).toBe(3);
});

test('a stack is not given again, for its services would go back to what is new', async () => {
  const calls = refusing('update out of sequence');
  await expect(docker(['stack', 'deploy'])).rejects.toThrow('update out of sequence');
  expect(calls()).toBe(1);
});

test('what a swarm refuses for another reason is not', async () => {
  const calls = refusing('Error: No such node: node9');
  await expect(docker(['node', 'update', 'node9'])).rejects.toThrow(
    'docker node update failed: Error: No such node',
  );
  expect(calls()).toBe(1);
});
