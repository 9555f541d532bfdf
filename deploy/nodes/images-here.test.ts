import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, expect, test } from '@jest/globals';
import { testSwarm } from '../swarm/test-swarm.ts';

const source = readFileSync(join(import.meta.dirname, 'images-here.ts'), 'utf8');
const run = promisify(execFile);
const { engine } = testSwarm();

beforeEach(() => {
  engine.answers = {
    'GET /images/json': [],
    'GET /images/r/service1@sha256:aa/json': {},
    'POST /images/r/': null,
    DELETE: null,
  };
});

/** Runs the program as a node does, for images by their own tags, and gives what it printed and how it ended. */
async function imagesHere(images: Record<string, string>, only: string | null = null) {
  const all = Object.entries(images).map(([tag, image]) => [tag, { image, registry: 'r', only }]);
  const WANTED = JSON.stringify({ repository: 's-kept', images: Object.fromEntries(all) });
  const env = { WANTED, NODE: 'n1', ENGINE: engine.host.slice('unix://'.length) };
  return run(process.execPath, ['--input-type=module-typescript', '--eval', source], { env }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }) => ({ code, stdout }),
  );
}

const changes = () => engine.requests.filter(request => !request.startsWith('GET'));

test('an image that is there is not pulled, and gets the tag that spares it', async () => {
  expect(await imagesHere({ 's-kept/service1:1': 'r/service1:1.0@sha256:aa' })).toEqual({
    code: 0,
    stdout: '',
  });
  expect(changes()).toEqual(['POST /images/r/service1@sha256:aa/tag?repo=s-kept/service1&tag=1']);
});

test('an image that is not there is pulled by its digest', async () => {
  engine.refusals['GET /images/r/service2'] = 'No such image';
  engine.answers['POST /images/create'] = { status: 'Pulling' };
  await imagesHere({ 's-kept/service2:1': 'r/service2:1.0@sha256:bb' });
  expect(changes()).toEqual([
    'POST /images/create?fromImage=r/service2&tag=sha256:bb',
    'POST /images/r/service2@sha256:bb/tag?repo=s-kept/service2&tag=1',
  ]);
});

test('what cannot be had is named with the reason, and the others are seen to all the same', async () => {
  engine.refusals['GET /images/r/service2'] = 'No such image';
  engine.answers['POST /images/create'] = { error: 'connection refused' };
  const images = {
    's-kept/service2:1': 'r/service2:1.0@sha256:bb',
    's-kept/service1:1': 'r/service1:1.0@sha256:aa',
  };
  expect(await imagesHere(images)).toEqual({
    code: 1,
    stdout: 'r/service2:1.0@sha256:bb: connection refused\n',
  });
  expect(changes().at(-1)).toContain('s-kept/service1');
});

test('what is for another node alone is left out', async () => {
  await imagesHere({ 's-kept/service1:1': 'r/service1:1.0@sha256:aa' }, 'n2');
  expect(changes()).toEqual([]);
});

test('older images go with all their names; one that has a name of its own keeps that', async () => {
  engine.answers['GET /images/json'] = [
    { RepoTags: ['s-kept/service1:0'], RepoDigests: ['r/service1@sha256:00'] },
    { RepoTags: ['s-kept/service2:0', 'mine:1'], RepoDigests: ['r/service2@sha256:00'] },
    { RepoTags: ['s-kept/service1:1'], RepoDigests: ['r/service1@sha256:aa'] },
    { RepoTags: null, RepoDigests: ['r/other@sha256:00'] },
  ];
  await imagesHere({ 's-kept/service1:1': 'r/service1:1.0@sha256:aa' });
  expect(changes().slice(1)).toEqual([
    'DELETE /images/r/service1@sha256:00?force=true',
    'DELETE /images/s-kept/service1:0?force=true',
    'DELETE /images/s-kept/service2:0?force=true',
  ]);
});
