import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { prune } from './prune.ts';
import { startTestDocker, type TestDocker } from './test-docker.ts';
import { stackFileOf } from './test-release.ts';

let docker: TestDocker;

beforeAll(async () => {
  docker = await startTestDocker();
});

afterAll(() => docker.remove());

test('what a remembered release names stays; old releases, their configs and old passwords go', async () => {
  const numbers = Array.from({ length: 11 }, (_, index) => index + 1);
  await docker.answer({
    'config ls --filter label=motorpool.release-of=motorpool': 'the releases',
    'config inspect the releases': JSON.stringify(numbers.map(configOf)),
    'config ls --filter label=com.docker.stack': numbers.map(number => `motorpool_cars_${number}`).join('\n'),
    'secret ls --filter label=com.docker.stack': '',
    'secret ls --filter label=motorpool.password-of=motorpool': 'password_10\npassword_11',
    'config rm': '',
    'secret rm': '',
  });
  await prune('motorpool');
  const removed = (await docker.commands()).filter(command => / rm /.test(command));
  expect(removed).toEqual(['config rm release_1', 'config rm motorpool_cars_1', 'secret rm password_10']);
});

function configOf(number: number) {
  const Labels = { 'motorpool.release': String(number), 'motorpool.version': String(number) };
  const Data = Buffer.from(JSON.stringify(stackFileOf(String(number)))).toString('base64');
  return { Spec: { Name: `release_${number}`, Labels, Data } };
}
