import { beforeAll, expect, test } from '@jest/globals';
import { faults, hung, type Part } from './support/faults.ts';
import { fillMysql } from './support/filled.ts';
import { inTime } from './support/in-time.ts';
import { describeWith } from './support/missing.ts';
import { type Mysql, startMysql } from './support/mysql.ts';
import { type Answer, send } from './support/send.ts';
import { type DatabaseAccess, type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const words: Record<Part, string> = {
  service2: 'number service',
  database: 'database',
  service3: 'car service',
  service4: 'colour service',
};
/** What a draw lacks without a part: a number chooses the person, and the colour is that of the person. */
const lacking: Record<Part, string[]> = {
  service2: ['person', 'colour'],
  database: ['person', 'colour'],
  service3: ['car'],
  service4: ['colour'],
};
const requestId = 'a-request-of-these-tests';

describeWith(['mysqld'], 'a part that fails', () => {
  let mysql: Mysql;
  let access: DatabaseAccess;
  let system: System;

  beforeAll(async () => {
    mysql = await startMysql();
    access = await fillMysql(mysql);
    system = await startSystem({ mysql: access });
    await expectDraws(system.url);
  });

  test.each(faults)('when %s %s, it is named, and asked again when it is back', async (part, _, fault) => {
    const mend = await fault({ system, mysql });
    try {
      await expectNamed([part], system.url);
    } finally {
      await mend();
    }
    await expectDraws(system.url);
  });

  test('two that fail at once are both named', async () => {
    const mends = [await hung('service3')({ system, mysql }), await hung('database')({ system, mysql })];
    try {
      await expectNamed(['service3', 'database'], system.url);
    } finally {
      for (const mend of mends) await mend();
    }
    await expectDraws(system.url);
  });

  test.each([
    ['GET', '/people', ''],
    ['GET', '/people/1', ''],
    ['GET', '/draws/1/saloon', ''],
    ['POST', '/people', '{"name":"Amelia"}'],
  ])('%s %s names a database that hangs', async (method, path, body) => {
    const mend = await hung('database')({ system, mysql });
    try {
      const headers = { Accept: 'application/json', 'Content-Type': 'application/json' };
      const answer = await ask(system.url, path, { method, headers, body });
      expectUnavailable(answer, ['database'], 'application/problem+json; charset=utf-8');
    } finally {
      await mend();
    }
    await expectDraws(system.url);
  });

  test('a database that comes after service 1 is waited for', async () => {
    await mysql.kill();
    const early = await startSystem({ mysql: access });
    await expectNamed(['database'], early.url);
    await mysql.start();
    await expectDraws(early.url);
    await early.stop();
  });
});

async function expectDraws(url: string): Promise<void> {
  await until('a draw succeeded', async () => (await send(url, '/')).status === 200, 2000);
  await until('it was ready', async () => (await send(url, '/ready')).status === 200, 2000);
}

async function expectNamed(parts: Part[], url: string): Promise<void> {
  const [page, json, text, health, ready] = await Promise.all([
    ask(url, '/', { headers: { Accept: 'text/html' } }),
    ask(url, '/', { headers: { Accept: 'application/json' } }),
    ask(url, '/', { headers: { Accept: 'text/plain' } }),
    ask(url, '/health'),
    ask(url, '/ready'),
  ]);
  expectUnavailable(page, parts, 'text/html; charset=utf-8');
  expectUnavailable(json, parts, 'application/problem+json; charset=utf-8');
  expectUnavailable(text, parts, 'text/plain; charset=utf-8');
  expect(text.body.trim()).not.toContain('\n');

  const lost = parts.flatMap(part => lacking[part]);
  const problem = JSON.parse(json.body);
  for (const thing of ['person', 'car', 'colour']) {
    expect([thing, problem[thing] === null]).toEqual([thing, lost.includes(thing)]);
    const missing = new RegExp(`<dt>${thing}</dt><dd class="missing">`, 'i').test(page.body);
    expect([thing, missing]).toEqual([thing, lost.includes(thing)]);
  }

  expect([health.status, ready.status]).toEqual([200, 503]);
  const states = Object.entries<{ state: string }>(JSON.parse(ready.body).parts);
  expect(
    states
      .filter(([, { state }]) => state !== 'up')
      .map(([part]) => part)
      .sort(),
  ).toEqual([...parts].sort());
}

function expectUnavailable({ status, headers, body }: Answer, parts: Part[], type: string): void {
  expect([status, headers['content-type']]).toEqual([503, type]);
  expect(headers['retry-after']).toMatch(/^\d+$/);
  expect(headers['x-request-id']).toBe(requestId);
  expect(body).toContain(requestId);
  for (const part of parts) expect(body.toLowerCase()).toContain(`the ${words[part]} did not answer`);
  // Neither a stack trace nor an address or a port.
  expect(body).not.toMatch(/\n\s+at |node_modules|\.ts\b|127\.0\.0\.1|localhost|:\d{5}\b/);
}

async function ask(url: string, path: string, options: Parameters<typeof send>[2] = {}): Promise<Answer> {
  const headers = { ...options.headers, 'X-Request-Id': requestId };
  return inTime(1600, send(url, path, { ...options, headers }), { control: () => send(url, '/health') });
}
