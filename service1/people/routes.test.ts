import { describe, expect, jest, test } from '@jest/globals';
import type { Response } from 'supertest';
import { DatabaseError } from '../database/database.ts';
import { fakeApp, peopleNamed, request, stored } from '../test-parts.ts';

const fails = async (): Promise<never> => Promise.reject(new DatabaseError('Access denied at 10.0.0.7'));
const form = 'application/x-www-form-urlencoded';

function post(type: string, body: string, ...changes: Parameters<typeof fakeApp>) {
  return request(fakeApp(...changes))
    .post('/people')
    .set('Content-Type', type)
    .set('Accept', 'text/html')
    .send(body);
}

describe('When the people are asked for', () => {
  test('the page shows them with links, and the form', async () => {
    const { text } = await request(fakeApp()).get('/people').set('Accept', 'text/html').expect(200);
    expect(text).toMatch(/<a href="\/people\/7">.*Amelia.*<a href="\/people\/6">.*Mateo/s);
    expect(text).toContain('<form method="post" action="/people">');
    expect(text).not.toContain('rel="next"');
  });

  test('JSON has the people and the next page', async () => {
    const { body, headers } = await request(fakeApp())
      .get('/people')
      .set('Accept', 'application/json')
      .expect(200);
    expect(body).toEqual({
      people: [
        { id: 7, name: 'Amelia' },
        { id: 6, name: 'Mateo' },
      ],
      next: null,
    });
    expect(headers).toMatchObject({ 'cache-control': 'no-store', vary: 'Accept' });
  });

  test('120 people come in pages without gaps or doubles, newest first', async () => {
    const people = await peopleNamed(Array.from({ length: 120 }, (_, index) => `Person ${index + 1}`));
    const app = fakeApp({ people });
    const sizes: number[] = [];
    const names: string[] = [];
    for (let path: string | null = '/people'; path !== null; ) {
      const { body }: Response = await request(app).get(path).set('Accept', 'application/json');
      names.push(...body.people.map(({ name }: { name: string }) => name));
      sizes.push(body.people.length);
      path = body.next;
    }
    expect(sizes).toEqual([50, 50, 20]);
    expect(names).toEqual(Array.from({ length: 120 }, (_, index) => `Person ${120 - index}`));
  });

  test('a page that is not the last links to the next one', async () => {
    const people = { page: async () => ({ people: [{ id: 71, name: 'Amelia' }], next: 71 }) };
    const { text } = await request(fakeApp({ people })).get('/people').set('Accept', 'text/html');
    expect(text).toContain('<a href="/people?before=71" rel="next">');
  });

  test.each(['before=', 'before=0', 'before=x', 'before=1&before=2', 'before=-1', 'before=9999999999999999'])(
    '?%s answers 400',
    async query => {
      await request(fakeApp()).get(`/people?${query}`).expect(400);
    },
  );

  test('without the database it is a 503 that names it, and nothing of it', async () => {
    const asked = request(fakeApp({ people: { page: fails } }))
      .get('/people')
      .set('Accept', 'application/json');
    const { body, headers } = await asked.expect(503);
    expect(body).toMatchObject({
      detail: expect.stringMatching(/^The database did not answer/),
      failures: [{ part: 'database' }],
    });
    expect(JSON.stringify(body)).not.toContain('10.0.0.7');
    expect(headers['retry-after']).toBe('1');
  });

  test('a bug is a 500', async () => {
    const people = { page: async () => Promise.reject(new TypeError('bug')) };
    await request(fakeApp({ people })).get('/people').expect(500);
  });
});

describe('When a person is added', () => {
  test('JSON answers 201 with the place and the person', async () => {
    const { body, headers } = await post('application/json', '{"name":"  Ольга "}').expect(201);
    expect(body).toEqual({ id: 8, name: 'Ольга' });
    expect(headers.location).toBe('/people/8');
  });

  test('a form answers 303 to the new person', async () => {
    const { headers, text } = await post(form, 'name=Mary+Ann').expect(303);
    expect([headers.location, text]).toEqual(['/people/8', '']);
  });

  test('a form with a wrong name answers 422 with the form refilled', async () => {
    const { text, type } = await post(form, 'name=%3C%0AB').expect(422);
    expect(type).toBe('text/html');
    expect(text).toContain('value="&lt;\nB"');
    expect(text).toContain('A name has no control characters');
    expect(text).toContain('Mateo');
  });

  test.each([
    ['application/json', '{"name":" "}'],
    ['application/json', '{"name":"\\ud800"}'],
    ['application/json', '{}'],
    ['application/json', '[]'],
    [form, 'name=%E3%85%A4'],
  ])('a program that sends the wrong name as %s, %s, gets a problem', async (type, body) => {
    const answer = await post(type, body).set('Accept', 'application/json').expect(422);
    expect(answer.body).toMatchObject({ title: 'This cannot be a name', status: 422 });
  });

  test.each(['text/plain', 'multipart/form-data; boundary=x', 'application/xml'])(
    '%s answers 415',
    async type => {
      await post(type, 'name=Amelia').expect(415, /Send a form, or JSON/);
    },
  );

  test.each([
    ['application/json', '{"name":"Ren\xe9"}'],
    ['application/json', '{"name":"\xc3"}'],
    ['application/json', '{"name":"\xed\xa0\x80"}'],
    [form, 'name=Ren%E9'],
    [form, 'name=Ren\xe9'],
    [form, 'name=%C3%A9+100%'],
    [form, 'name=%C3%28'],
  ])('as %s, %j is no UTF-8 and answers 400', async (type, bytes) => {
    const add = jest.fn(async (name: string) => ({ id: 8, name }));
    const asked = request(fakeApp({ people: { add } }))
      .post('/people')
      .set('Content-Type', type);
    await asked
      .send({ bytes })
      .serialize(() => Buffer.from(bytes, 'latin1') as never)
      .expect(400, /UTF-8/);
    expect(add).not.toHaveBeenCalled();
  });

  test.each([
    ['application/json; charset=utf-16', '{"name":"Amelia"}'],
    [`${form}; charset=iso-8859-1`, 'name=Ren%E9'],
  ])('as %s, it answers 415', async (type, body) => {
    await post(type, body).expect(415, /UTF-8/);
  });

  test('what an editor puts before UTF-8 does not count', async () => {
    const { body } = await post('application/json; charset=UTF-8', '\ufeff{"name":"Ren\u00e9"}').expect(201);
    expect(body.name).toBe('René');
  });

  test('a post with no body answers 415, broken JSON 400, more than 16 kB 413', async () => {
    await request(fakeApp()).post('/people').expect(415);
    await post('application/json', '{"name":').expect(400);
    await post('application/json', JSON.stringify({ name: 'A'.repeat(17_000) })).expect(413);
    await post(form, `name=${'A'.repeat(17_000)}`).expect(413);
  });

  test('one from a page of another site answers 403, and nobody is added', async () => {
    const add = jest.fn(async (name: string) => ({ id: 8, name }));
    await post(form, 'name=Amelia', { people: { add } }).set('Origin', 'http://evil.test').expect(403);
    expect(add).not.toHaveBeenCalled();
    await post(form, 'name=Amelia', { people: { add } })
      .set('Host', 'us.test')
      .set('Origin', 'http://us.test')
      .expect(303);
    expect(add.mock.calls).toEqual([['Amelia']]);
  });

  test('when the database fails, the caller is told to look before sending it again', async () => {
    await post('application/json', '{"name":"Amelia"}', { people: { add: fails } }).expect(
      503,
      /Look at \/people before/,
    );
  });
});

describe('When one person is asked for', () => {
  test('the page has a link that draws them', async () => {
    const { text } = await request(fakeApp()).get('/people/7').set('Accept', 'text/html').expect(200);
    expect(text).toContain('href="/draws/7/hatchback"');
  });

  test('without the car service the page has no link, and is still there', async () => {
    const remotes = { car: async () => Promise.reject(new Error('down')) };
    const { text } = await request(fakeApp({ remotes }))
      .get('/people/7')
      .set('Accept', 'text/html')
      .expect(200);
    expect(text).toContain('Amelia');
    expect(text).not.toContain('href="/draws/');
  });

  test('JSON is the person, and asks no other service', async () => {
    const car = jest.fn(async () => Promise.reject(new Error('down')));
    const asked = request(fakeApp({ remotes: { car } }))
      .get('/people/7')
      .set('Accept', 'application/json');
    expect((await asked.expect(200)).body).toEqual({ id: 7, name: 'Amelia' });
    expect(car).not.toHaveBeenCalled();
  });

  test.each(['/people/9', '/people/x', '/people/0'])('%s, who is nobody, answers 404', async path => {
    await request(fakeApp({ people: { withId: async () => stored(null) } }))
      .get(path)
      .expect(404, /There is no person/);
  });
});
