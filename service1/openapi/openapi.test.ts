import { describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { createApp } from '../app.ts';
import { DatabaseError } from '../database/database.ts';
import { fakeApp, fakeBase, fakeParts, peopleNamed, request } from '../test-parts.ts';
import { describeApi } from './openapi.ts';
import { paths } from './paths.ts';
import { expectDescribed } from './test-described.ts';
import { requestsFor } from './test-requests.ts';

describe('The description', () => {
  test('is valid by the schema of OpenAPI 3.1, and its references lead somewhere', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(describeApi('1.2.3')))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  test('is served with the version that runs, and may be kept for a minute', async () => {
    const { body, headers } = await request(fakeApp()).get('/openapi.json').expect(200);
    expect(body).toEqual(describeApi('1.2.3'));
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'public, max-age=60',
    });
  });

  test.each(['/health', '/ready', '/style.css', '/favicon.svg', '/openapi.json'])(
    'has the 304 of %s for who wants it only if it is not there',
    async path => {
      await request(fakeApp()).get(path).set('If-None-Match', '*').expect(304, '');
    },
  );

  test('has every route but /metrics, which is not public, and no other', () => {
    const { stack } = createApp(fakeBase(), fakeParts()).app.router;
    const routes = stack.flatMap(({ route }) => (route ? [route.path.replace(/:(\w+)/g, '{$1}')] : []));
    expect([...new Set(routes)].sort()).toEqual([...Object.keys(paths), '/metrics'].sort());
  });
});

describe('An answer is refused', () => {
  const headers = {
    ...{ 'x-request-id': 'abcd-1234', 'server-timing': 'total;dur=1', 'x-instance': 'one', 'x-version': '1' },
    ...{ 'content-type': 'application/json; charset=utf-8', location: '/people/8' },
  };
  const good = { method: 'POST', path: '/people', status: 201, body: '{"id":8,"name":"Zoë"}', headers };

  test.each([
    ['for its status', /the status/, { status: 200 }],
    ['to another method', /the status/, { method: 'PUT' }],
    ['at no address', /the status/, { path: '/nowhere' }],
    ['in another form', /the form/, { headers: { ...headers, 'content-type': 'text/html' } }],
    ['without a body', /no JSON/, { body: '' }],
    ['without a member', /'name'/, { body: '{"id":8}' }],
    ['with a member more', /additional/, { body: '{"id":8,"name":"Zoë","car":"van"}' }],
    ['without a header', /no X-Request-Id/, { headers: { ...headers, 'x-request-id': undefined } }],
    ['with a header of another kind', /Location/, { headers: { ...headers, location: 'http://x.test/' } }],
    ['with a header more', /Retry-After/, { headers: { ...headers, 'retry-after': '1' } }],
  ])('%s', (_what, wrong, changes) => {
    expect(() => expectDescribed(good)).not.toThrow();
    expect(() => expectDescribed({ ...good, ...changes })).toThrow(wrong);
  });
});

describe('When requests are made from the description', () => {
  const operations = Object.entries(paths).flatMap(([template, { get, post }]) => [
    { method: 'get', template, operation: get } as const,
    { method: 'head', template, operation: get } as const,
    ...(post ? [{ method: 'post', template, operation: post } as const] : []),
  ]);

  test.each(operations)('$method $template answers as described, whatever is asked for', async each => {
    const { method, template, operation } = each;
    const app = fc.constantFrom(...(await appsInEveryState()));
    const seen = new Set<number>();
    const property = fc.asyncProperty(app, requestsFor(template, operation), async (one, asked) => {
      const { status } = await request(one)[method](asked.path).set(asked.headers).send(asked.body);
      seen.add(status);
      if (asked.fits) expect([400, 405, 406, 413, 414, 415, 417, 431]).not.toContain(status);
    });
    await fc.assert(property, { numRuns: 120 });
    const wanted = Object.keys(operation.responses).map(Number);
    expect([...seen]).toEqual(expect.arrayContaining(wanted.filter(status => status < 304)));
  });
});

/** Service 1 with people in a real database, mostly; and with nobody in it, with parts that fail, and with a bug. */
async function appsInEveryState() {
  const down = async () => Promise.reject(new DatabaseError('down'));
  const bug = async () => Promise.reject(new TypeError('bug'));
  const people = await peopleNamed(['Amelia', 'Ольга', 'Zoë']);
  const whole = fakeApp({ people });
  return [
    ...[whole, whole, whole],
    fakeApp({ people }, { FLEET_FOR: '127.0.0.0/8' }),
    fakeApp({ people: await peopleNamed([]) }),
    fakeApp({ people, remotes: { car: down, cars: down } }),
    fakeApp({ people: { seats: down, inSeat: down, withId: down, page: down, add: down } }),
    fakeApp({ people: { seats: bug, inSeat: bug, withId: bug, page: bug, add: bug } }),
  ];
}
