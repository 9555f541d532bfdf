import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fillMysql } from './support/filled.ts';
import { freePort } from './support/free-port.ts';
import { describeWith } from './support/missing.ts';
import { startMysql } from './support/mysql.ts';
import { send } from './support/send.ts';
import { type Environment, type Service, startService } from './support/service.ts';
import { mysqlSettings } from './support/system.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { until } from './support/until.ts';

type Person = { id: number; name: string };

const kills = 20;

describe('with the embedded database', () => {
  test('no person that was answered with 201 is lost, however often service 1 is killed', async () => {
    await expectAllKept({ DB_FILE: join(temporaryFolder('kept').path, 'people.sqlite') });
  });
});

describeWith(['mysqld'], 'with MySQL', () => {
  test('no person that was answered with 201 is lost, however often service 1 is killed', async () => {
    await expectAllKept(mysqlSettings(await fillMysql(await startMysql())));
  });
});

async function expectAllKept(env: Environment): Promise<void> {
  const port = await freePort();
  const confirmed: Person[] = [];
  for (let kill = 1; kill <= kills; kill += 1) {
    const service = await startService('service1', { port, env });
    const enough = confirmed.length + kill;
    const senders = Array.from({ length: 8 }, (_, sender) =>
      addPeople(service, `${kill}-${sender}`, confirmed),
    );
    await until('some were added', () => confirmed.length >= enough);
    service.kill('SIGKILL');
    await Promise.all(senders);
  }
  const service = await startService('service1', { port, env });
  const kept = new Map((await everybody(service.url)).map(({ id, name }) => [id, name]));
  expect(confirmed.length).toBeGreaterThan((kills * kills) / 2);
  expect(confirmed.filter(({ id, name }) => kept.get(id) !== name)).toEqual([]);
  await service.stop();
}

/** Adds one person after the other until the service is gone; notes whom it has confirmed. */
async function addPeople({ url }: Service, prefix: string, confirmed: Person[]): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  for (let number = 1; ; number += 1) {
    const body = JSON.stringify({ name: `Person ${prefix}-${number}` });
    const answer = await send(url, '/people', { method: 'POST', headers, body }).catch(() => null);
    if (answer === null) return;
    expect(answer.status).toBe(201);
    confirmed.push(JSON.parse(answer.body));
  }
}

/** All people, page by page. */
async function everybody(url: string): Promise<Person[]> {
  const people: Person[] = [];
  let next: string | null = '/people';
  while (next !== null) {
    const { body } = await send(url, next, { headers: { Accept: 'application/json' } });
    const page: { people: Person[]; next: string | null } = JSON.parse(body);
    people.push(...page.people);
    next = page.next;
  }
  return people;
}
