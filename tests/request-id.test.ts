import { beforeAll, expect, test } from '@jest/globals';
import { describeWith } from './support/missing.ts';
import { type Nginx, startNginx } from './support/nginx.ts';
import { type Answer, send } from './support/send.ts';
import { services } from './support/service.ts';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

describeWith(['nginx'], 'a request id', () => {
  let system: System;
  let nginx: Nginx;

  beforeAll(async () => {
    system = await startSystem();
    nginx = await startNginx({ port: system.service1.port, replicas: ['127.0.0.1'] });
  });

  test.each(['abcd1234', 'An-id.of_a-client-42', 'x'.repeat(128)])(
    'that a client gives is on the page and in every log: %s',
    async id => {
      const answer = await draw({ 'X-Request-Id': id });
      expect([answer.headers['x-request-id'], idOnPage(answer)]).toEqual([id, id]);
      await expectInEveryLog(id);
    },
  );

  test('is made by NGINX where the client gives none', async () => {
    const [first, second] = [idOnPage(await draw({})), idOnPage(await draw({}))];
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(second).not.toBe(first);
    await expectInEveryLog(String(first));
  });

  test.each([
    ['too short', 'seven77'],
    ['of two', 'abcd1234, efgh5678'],
    ['too long', 'x'.repeat(129)],
    ['with a space', 'two words'],
    ['with markup', '<script>alert(1)</script>'],
    ['with a quote', '","level":"fatal'],
    ['not of ASCII', Buffer.from('Élodie-Élodie').toString('latin1')],
  ])('%s is replaced everywhere by the same new one', async (_, malformed) => {
    const answer = await draw({ 'X-Request-Id': malformed });
    const id = String(answer.headers['x-request-id']);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(idOnPage(answer)).toBe(id);
    await expectInEveryLog(id);
    expect(answer.body).not.toContain(malformed);
    for (const service of services)
      expect(system[service].output()).not.toContain(JSON.stringify(malformed).slice(1, -1));
  });

  test('is the same in an answer that is an error', async () => {
    const answer = await send(nginx.url, '/nowhere', { headers: { 'X-Request-Id': 'an-id-of-nowhere' } });
    expect(answer.status).toBe(404);
    expect([answer.headers['x-request-id'], idOnPage(answer)]).toEqual([
      'an-id-of-nowhere',
      'an-id-of-nowhere',
    ]);
  });

  function draw(headers: Record<string, string>): Promise<Answer> {
    return send(nginx.url, '/', { headers: { Accept: 'text/html', ...headers } });
  }

  function expectInEveryLog(id: string): Promise<unknown> {
    const has = (lines: Record<string, unknown>[]) => lines.some(line => line.requestId === id);
    return until(`${id} was in every log`, () =>
      [...services.map(service => system[service].logs()), nginx.accessLog()].every(has),
    );
  }
});

function idOnPage({ body }: Answer): string | undefined {
  return /Request <code>([^<]*)<\/code>/.exec(body)?.[1];
}
