import { expect, test } from '@jest/globals';
import { testSwarm } from '../swarm/test-swarm.ts';
import { prune } from './prune.ts';
import { configOf } from './test-release.ts';

const { engine } = testSwarm();

test('what a remembered release names stays; old releases, their configs, old passwords and certificates go', async () => {
  const numbers = Array.from({ length: 11 }, (_, index) => index + 1);
  const named = (Name: string) => ({ Spec: { Name } });
  engine.answers = {
    'GET /configs?filters={"label":["motorpool.release-of=motorpool"]}': numbers.map(number =>
      configOf(number, `${number}`),
    ),
    'GET /configs?filters={"label":["com.docker.stack': numbers.map(number =>
      named(`motorpool_cars_${number}`),
    ),
    'GET /secrets?filters={"label":["com.docker.stack': [],
    'GET /secrets?filters={"label":["motorpool.password-of=motorpool"]}': ['password_10', 'password_11'].map(
      named,
    ),
    'GET /secrets?filters={"label":["motorpool.certificate-of=motorpool"]}': [named('certificate_10')],
    DELETE: null,
  };
  await prune('motorpool');
  const removed = engine.requests.filter(request => request.startsWith('DELETE'));
  expect(removed).toEqual([
    'DELETE /configs/motorpool_release_1',
    'DELETE /configs/motorpool_cars_1',
    'DELETE /secrets/password_10',
    'DELETE /secrets/certificate_10',
  ]);
});
