import type { Answer } from '@motorpool/service/call.ts';
import { createBase } from '@motorpool/service/service.ts';
import { readSettings } from '@motorpool/service/settings.ts';
import type { Express } from 'express';
import supertest, { type Test } from 'supertest';
import { createApp, type Service1Base } from './app.ts';
import { openSqlite } from './database/sqlite.ts';
import type { Parts } from './draw/draw.ts';
import type { Remotes } from './draw/remotes.ts';
import { expectDescribed } from './openapi/test-described.ts';
import { createPeople, type People } from './people/people.ts';
import { declaration } from './settings.ts';

/** Some of the parts' functions, in place of those that always answer. */
export type Changes = { people?: Partial<People>; remotes?: Partial<Remotes> };

/** An answer of the database. */
export function stored<Value>(value: Value): Answer<Value> {
  return { value, instance: 'db-1', version: 'MySQL 9' };
}

/** Parts that answer at once: always Amelia (7), an amber hatchback, and one page of two people. */
export function fakeParts({ people, remotes }: Changes = {}): Parts {
  const amelia = { id: 7, name: 'Amelia' };
  const answer = <Value>(value: Value, instance: string) =>
    Promise.resolve({ value, instance, version: '1.2.3' });
  return {
    people: {
      members: async () => [{ address: 'db', role: null, isUp: true, instance: 'db-1', version: 'MySQL 9' }],
      close: async () => {},
      seats: async () => stored(3),
      seatsLately: () => 0,
      inSeat: async () => stored({ person: amelia, seats: 3 }),
      withId: async () => stored(amelia),
      page: async () => ({ people: [amelia, { id: 6, name: 'Mateo' }], next: null }),
      add: async name => ({ id: 8, name }),
      loaded: async () => null,
      addPart: async () => {},
      ...people,
    },
    remotes: {
      number: () => answer(2, 'two'),
      car: () => answer('hatchback', 'three'),
      cars: () => answer(['hatchback', 'van'], 'three'),
      colour: () => answer({ name: 'amber', hex: '#ffbf00' }, 'four'),
      healths: () => ({
        service2: () => answer('ok', 'two'),
        service3: () => answer('ok', 'three'),
        service4: () => answer('ok', 'four'),
      }),
      close: async () => {},
      ...remotes,
    },
  };
}

/** The log, the metrics and the settings of a service 1 that logs nothing. */
export function fakeBase(environment: NodeJS.ProcessEnv = {}): Service1Base {
  const own = { LOG_LEVEL: 'silent', INSTANCE: 'one', VERSION: '1.2.3' };
  const settings = readSettings(declaration, { ...own, ...environment });
  return { ...createBase('service1', settings), settings };
}

/** Service 1 with fake parts, for supertest. */
export function fakeApp(changes: Changes = {}, environment: NodeJS.ProcessEnv = {}) {
  return createApp(fakeBase(environment), fakeParts(changes)).app;
}

/** supertest, which expects each answer of service 1 to be one that is described in openapi.json. */
export function request(app: Express) {
  return supertest.agent(app).use((asked: Test) =>
    asked.expect(({ status, headers, text, body }) => {
      const { method, url: path } = asked;
      expectDescribed({
        method,
        path,
        status,
        headers,
        body: String(text ?? (method === 'HEAD' ? '' : body)),
      });
    }),
  );
}

/** The people of an embedded database in memory, with just these names; the first has the least id. */
export async function peopleNamed(names: string[]) {
  const database = openSqlite(':memory:', 'one');
  const people = createPeople(database);
  for (const name of names) await people.add(name);
  return { ...people, remove: (id: number) => database.select('DELETE FROM people WHERE id = ?', [id], 0) };
}
