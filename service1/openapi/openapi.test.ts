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

const operations = Object.entries(paths).flatMap(([template, { get, post }]) => [
  { method: 'get' as const, template, operation: get },
  ...(post ? [{ method: 'post' as const, template, operation: post }] : []),
]);

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
    await request(fakeApp()).get('/openapi.json').set('If-None-Match', '*').expect(304);
  });

  test('has every route but /metrics, which is not public, and no other', () => {
    const { stack } = createApp(fakeBase(), fakeParts()).app.router;
    const routes = stack.flatMap(({ route }) => (route ? [route.path.replace(/:(\w+)/g, '{$1}')] : []));
    expect([...new Set(routes)].sort()).toEqual([...Object.keys(paths), '/metrics'].sort());
  });
});

describe('An answer is refused', () => {
  const headers = {
    'x-request-id': 'abcd-1234',
    'server-timing': 'total;dur=1',
    'x-instance': 'one',
    'x-version': '1',
  };
  const json = { ...headers, 'content-type': 'application/json; charset=utf-8' };
  const good = {
    method: 'POST',
    path: '/people',
    status: 201,
    body: '{"id":8,"name":"Zoë"}',
    headers: { ...json, location: '/people/8' },
  };

  test.each([
    ['status', { status: 200 }],
    ['form', { headers: { ...good.headers, 'content-type': 'text/html' } }],
    ['body', { body: '' }],
    ["'name'", { body: '{"id":8}' }],
    ['additional', { body: '{"id":8,"name":"Zoë","car":"van"}' }],
    ['X-Request-Id', { headers: { ...good.headers, 'x-request-id': undefined } }],
    ['Location', { headers: { ...good.headers, location: 'http://other.test/' } }],
    ['Retry-After', { headers: { ...good.headers, 'retry-after': '1' } }],
    ['status', { method: 'PUT' }],
    ['status', { path: '/nowhere' }],
  ])('with another %s than is described: %j', (wrong, changes) => {
    expect(() => expectDescribed(good)).not.toThrow();
    expect(() => expectDescribed({ ...good, ...changes })).toThrow(wrong);
  });
});

describe('When requests are made from the description', () => {
  const down = async () => Promise.reject(new DatabaseError('down'));
  const bug = async () => Promise.reject(new TypeError('bug'));
  const apps = (async () => {
    const people = await peopleNamed(['Amelia', 'Ольга', 'Zoë']);
    const whole = fakeApp({ people });
    return [
      ...[whole, whole, whole],
      fakeApp({ people: await peopleNamed([]) }),
      fakeApp({
        people,
        remotes: {
          car: down,
          cars: down,
          healths: () => ({ service2: down, service3: down, service4: down }),
        },
      }),
      fakeApp({ people: { seats: down, inSeat: down, withId: down, page: down, add: down } }),
      fakeApp({ people: { seats: bug, inSeat: bug, withId: bug, page: bug, add: bug } }),
    ];
  })();

  test.each(operations)(
    '$method $template answers as described, whatever is asked for',
    async ({ method, template, operation }) => {
      const seen = new Set<number>();
      const verb = method === 'get' ? fc.constantFrom('get' as const, 'head' as const) : fc.constant(method);
      const property = fc.asyncProperty(
        requestsFor(template, operation),
        verb,
        fc.constantFrom(...(await apps)),
        async ({ fits, path, headers, body }, verb, app) => {
          const { status } = await request(app)[verb](path).set(headers).send(body);
          seen.add(status);
          if (fits) expect([400, 405, 406, 413, 414, 415, 417, 431]).not.toContain(status);
        },
      );
      await fc.assert(property, { numRuns: 150 });
      const successes = Object.keys(operation.responses)
        .map(Number)
        .filter(status => status < 304);
      expect([...seen]).toEqual(expect.arrayContaining(successes));
    },
  );
});
