import { describe, expect, test } from '@jest/globals';
import { fakeApp, request, stored } from './test-parts.ts';

describe.each(['/', '/people', '/people/7', '/nowhere', '/health', '/style.css', '/openapi.json'])(
  'When %s is asked for',
  path => {
    test('no script, no foreign page and no foreign site may have a part in it', async () => {
      const { headers } = await request(fakeApp()).get(path).set('Accept', 'text/html');
      const policy = String(headers['content-security-policy']);
      expect(policy.split(/;\s*/)).toEqual(
        expect.arrayContaining([
          "default-src 'none'",
          "style-src 'self'",
          "form-action 'self'",
          "frame-ancestors 'none'",
        ]),
      );
      expect(policy).not.toMatch(/unsafe|script-src|\*/);
      expect(headers).toMatchObject({
        'referrer-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
      });
      expect(headers).not.toHaveProperty('strict-transport-security');
    });

    test('the answer names its request', async () => {
      const { headers } = await request(fakeApp()).get(path).set('X-Request-Id', 'abcdefgh-1234');
      expect(headers['x-request-id']).toBe('abcdefgh-1234');
      expect(headers['server-timing']).toMatch(/total;dur=/);
    });
  },
);

describe('When the state is asked for', () => {
  test('/ready is 200 with every part while a draw is possible', async () => {
    const { body, headers } = await request(fakeApp()).get('/ready').expect(200);
    expect(body).toMatchObject({
      ready: true,
      parts: { database: { state: 'up' }, service4: { state: 'up' } },
    });
    expect(headers['cache-control']).toBe('no-store');
  });

  test('/ready is 503 while there is nobody to draw, and /health is still 200', async () => {
    const app = fakeApp({ people: { seats: async () => stored(0) } });
    expect((await request(app).get('/ready').expect(503)).body.parts.database.state).toBe('empty');
    await request(app).get('/health').expect(200);
  });
});

describe('When the page asks for its stylesheet and its icon', () => {
  test('the stylesheet with the hash of this version is kept for ever', async () => {
    const app = fakeApp();
    const { text } = await request(app).get('/people').set('Accept', 'text/html');
    const address = /href="(\/style\.css\?v=\w+)"/.exec(text)?.[1] ?? '';
    const { headers, type } = await request(app).get(address).expect(200);
    expect([type, headers['cache-control']]).toEqual(['text/css', 'public, max-age=31536000, immutable']);
  });

  test.each(['/style.css', '/style.css?v=other', '/style.css?v=a&v=b'])(
    '%s, of another version, is not kept',
    async path => {
      const { headers } = await request(fakeApp()).get(path).expect(200);
      expect(headers['cache-control']).toBe('no-cache');
    },
  );

  test('the icon is a drawing', async () => {
    const { type, headers } = await request(fakeApp()).get('/favicon.svg').expect(200);
    expect([type, headers['cache-control']]).toEqual(['image/svg+xml', 'public, max-age=86400']);
  });
});

describe('When nothing is there', () => {
  test('a browser gets a page with the request id, and HTML in the address is text', async () => {
    const asked = request(fakeApp()).get('/%3Cscript%3E?x=%3Cscript%3E').set('Accept', 'text/html');
    const { text, headers } = await asked.expect(404);
    expect(text).not.toContain('<script');
    expect(text).toContain(headers['x-request-id']);
  });

  test.each([
    ['delete', '/people', 'GET, HEAD, POST'],
    ['put', '/people/7', 'GET, HEAD'],
    ['post', '/', 'GET, HEAD'],
    ['put', '/openapi.json', 'GET, HEAD'],
  ] as const)('%s %s answers 405 with what is allowed', async (method, path, allow) => {
    expect((await request(fakeApp())[method](path).expect(405)).headers.allow).toBe(allow);
  });
});
