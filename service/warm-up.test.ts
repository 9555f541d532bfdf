import { createServer } from 'node:http';
import { expect, test } from '@jest/globals';
import { commonSettings } from './common-settings.ts';
import { createBase, createService } from './service.ts';
import { readSettings } from './settings.ts';
import { warmUp } from './warm-up.ts';

/** Warms a service up whose answers have these status codes, one after the other; the last one stays. */
async function warmed(...statuses: number[]) {
  const base = createBase('service9', readSettings(commonSettings(5000), { LOG_LEVEL: 'info' }));
  const asked: string[] = [];
  const levels = new Set<string>();
  const service = createService(base, [
    [
      'get',
      '/',
      (request, response) => {
        asked.push(request.get('Accept') ?? '');
        levels.add(base.log.level);
        response.sendStatus(statuses[Math.min(asked.length, statuses.length) - 1] ?? 0);
      },
    ],
  ]);
  const server = createServer(service.app);
  await warmUp(server, service, '/');
  const { values } = await base.metrics.requests.get();
  return { server, asked, levels, log: base.log, values };
}

test('a service answers itself 160 times, in both forms, and then listens to nobody', async () => {
  const { server, asked } = await warmed(200);
  expect(asked.filter(form => form === 'text/html')).toHaveLength(80);
  expect(asked.filter(form => form === 'application/json')).toHaveLength(80);
  expect(server.listening).toBe(false);
});

test('its own questions are neither logged nor counted', async () => {
  const { levels, log, values } = await warmed(200);
  expect([...levels]).toEqual(['silent']);
  expect(log.level).toBe('info');
  expect(values).toEqual([]);
});

test('when a part does not answer yet, it does not wait for it', async () => {
  const { asked } = await warmed(200, 200, 200, 200, 503);
  expect(asked).toHaveLength(5);
});
