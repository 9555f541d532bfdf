import { describe, expect, jest, test } from '@jest/globals';
import { createApp } from '../app.ts';
import { fakeApp, fakeBase, fakeParts, request, stored } from '../test-parts.ts';

const fails = async (): Promise<never> => Promise.reject(new Error('ECONNREFUSED 10.0.0.7'));
const get = (path: string, accept: string, ...changes: Parameters<typeof fakeApp>) =>
  request(fakeApp(...changes))
    .get(path)
    .set('Accept', accept);

describe.each(['/', '/draws/7/hatchback'])('When %s is asked for', path => {
  test.each(['text/html,application/xhtml+xml,*/*;q=0.8', '*/*'])('%s gets the page', async accept => {
    const { text, type } = await get(path, accept).expect(200);
    expect(type).toBe('text/html');
    expect(text).toContain('<title>Amelia drives an amber hatchback. · Motorpool</title>');
    expect(text).toContain('href="/draws/7/hatchback"');
  });

  test('JSON has the draw and its receipt, and nothing else', async () => {
    const { body, headers } = await get(path, 'application/json').expect(200);
    expect(body).toEqual({
      person: { id: 7, name: 'Amelia' },
      car: 'hatchback',
      colour: { name: 'amber', hex: '#ffbf00' },
      sentence: 'Amelia drives an amber hatchback.',
      receipt: { requestId: headers['x-request-id'], steps: expect.any(Object) },
    });
  });

  test('text is one sentence', async () => {
    const { text, type } = await get(path, 'text/plain').expect(200);
    expect([type, text]).toEqual(['text/plain', 'Amelia drives an amber hatchback.\n']);
  });

  test('no cache may keep it, it varies with Accept, and Server-Timing has every step', async () => {
    const { headers } = await get(path, 'text/html');
    expect(headers).toMatchObject({ 'cache-control': 'no-store', vary: 'Accept' });
    expect(headers['server-timing']).toMatch(/service3;dur=.*service4;dur=.*total;dur=/);
  });
});

describe('When a part fails', () => {
  const changes = { remotes: { colour: fails } };

  test('the page is a 503 that names it and shows the parts that did answer', async () => {
    const { text, headers } = await get('/', 'text/html', changes).expect(503);
    expect(headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' });
    expect(text).toContain('The colour service did not answer');
    expect(text).toContain('Amelia');
    expect(text).toContain('hatchback');
    expect(text).not.toMatch(/10\.0\.0\.7|\.ts:/);
  });

  test('JSON is a problem with the parts that did answer', async () => {
    const { body, type, headers } = await get('/', 'application/json', changes).expect(503);
    expect(type).toBe('application/problem+json');
    expect(headers['retry-after']).toBe('1');
    expect(body).toMatchObject({
      status: 503,
      detail: 'The colour service did not answer. Try again in a moment.',
      failures: [{ part: 'service4', message: 'the colour service did not answer' }],
      person: { id: 7, name: 'Amelia' },
      car: 'hatchback',
      colour: null,
      receipt: { steps: { service4: { error: 'did not answer' } } },
    });
  });

  test('text is one line', async () => {
    const { text } = await get('/', 'text/plain', { remotes: { car: fails, colour: fails } }).expect(503);
    expect(text).toMatch(
      /: The (car|colour) service did not answer and the (car|colour) service did not answer\. .*\n$/,
    );
  });

  test('the cause is in the log', async () => {
    const base = fakeBase();
    const warn = jest.spyOn(base.log, 'warn');
    await request(createApp(base, fakeParts(changes)).app).get('/');
    expect(warn.mock.calls[0]?.[0]).toMatchObject({
      err: { part: 'service4', cause: { message: 'ECONNREFUSED 10.0.0.7' } },
    });
  });
});

describe('When nothing can be drawn', () => {
  test.each(['text/html', 'application/json', 'text/plain'])('an empty list is said in %s', async accept => {
    const { text, headers } = await get('/', accept, { people: { seats: async () => stored(0) } }).expect(
      503,
    );
    expect(text).toContain('The list of people is empty.');
    expect(text).toContain(headers['x-request-id']);
    expect(headers['retry-after']).toBe('10');
  });

  test.each(['/draws/x/van', '/draws/0/van', '/draws/9007199254740993/van', '/draws/7/tank'])(
    '%s answers 404',
    async path => {
      await get(path, 'application/json')
        .expect(404)
        .expect('Content-Type', /problem\+json/);
    },
  );

  test('an unknown person answers 404', async () => {
    const { text } = await get('/draws/9/van', 'text/html', {
      people: { withId: async () => stored(null) },
    }).expect(404);
    expect(text).toContain('There is no person 9.');
  });
});

test('a type with space and signs is found by its link', async () => {
  const type = 'ZIS-110 / "б" & co?';
  const remotes = {
    car: async () => ({ value: type, instance: null, version: null }),
    cars: async () => ({ value: [type], instance: null, version: null }),
  };
  const { text } = await get('/', 'text/html', { remotes }).expect(200);
  const link = /href="(\/draws\/[^"]*)"/.exec(text)?.[1] ?? '';
  expect((await get(link, 'application/json', { remotes }).expect(200)).body.car).toBe(type);
});
