import { describe, expect, test } from '@jest/globals';
import { readSettings } from '@motorpool/service/settings.ts';
import fc from 'fast-check';
import request from 'supertest';
import { createApp } from './app.ts';
import { declaration } from './settings.ts';

const serviceTwo = () => createApp(readSettings(declaration, { LOG_LEVEL: 'silent' })).app;

describe('When a number is asked for', () => {
  test('curl gets it as plain text', async () => {
    const { text, type } = await request(serviceTwo())
      .get('/number?min=7&max=7')
      .set('Accept', '*/*')
      .expect(200);
    expect([type, text]).toEqual(['text/plain', '7']);
  });

  test('JSON is given where it is asked for', async () => {
    const asked = request(serviceTwo()).get('/number?min=-7&max=-7').set('Accept', 'application/json');
    expect((await asked.expect(200)).body).toEqual({ number: -7 });
  });

  test('with no parameters it is one from 1 to 10', async () => {
    const app = serviceTwo();
    for (let i = 0; i < 20; i += 1) expect((await request(app).get('/number')).text).toMatch(/^([1-9]|10)$/);
  });

  test('no cache may keep it, and it varies with Accept', async () => {
    const { headers } = await request(serviceTwo()).get('/number');
    expect(headers).toMatchObject({ 'cache-control': 'no-store', vary: 'Accept' });
    expect(headers).not.toHaveProperty('etag');
  });
});

describe('When it makes no sense', () => {
  test.each(['min=a', 'min=', 'min=2&max=1', 'min=1&min=2', 'max[]=5&max=x', 'min=1.5', 'max=1e400'])(
    '?%s answers 400 that says what was expected',
    async query => {
      const { body } = await request(serviceTwo())
        .get(`/number?${query}`)
        .set('Accept', 'application/json')
        .expect(400);
      expect(body).toMatchObject({ status: 400, detail: expect.stringMatching(/^Expected `m/) });
    },
  );

  test('no text in place of a number answers 5xx', async () => {
    const app = serviceTwo();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async min => {
        const { status } = await request(app).get('/number').query({ min, max: '10' });
        expect([200, 400]).toContain(status);
      }),
      { numRuns: 50 },
    );
  });

  test('a form that it does not have answers 406', async () => {
    await request(serviceTwo()).get('/number').set('Accept', 'image/png').expect(406);
  });
});
