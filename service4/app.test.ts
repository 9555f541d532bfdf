import { describe, expect, test } from '@jest/globals';
import { readSettings } from '@motorpool/service/settings.ts';
import fc from 'fast-check';
import request from 'supertest';
import { createApp } from './app.ts';
import { declaration } from './settings.ts';

const serviceFour = () => createApp(readSettings(declaration, { LOG_LEVEL: 'silent' })).app;
const amber = { letter: 'A', name: 'amber', hex: '#ffbf00' };

describe('When the colour of a letter is asked for', () => {
  test('curl gets its name as plain text', async () => {
    const { text, type } = await request(serviceFour()).get('/colour/A').set('Accept', '*/*').expect(200);
    expect([type, text]).toEqual(['text/plain', 'amber']);
  });

  test.each(['A', 'a', 'Å', 'A\u030a', '𝐀', 'ア', 'ا'])('%s is amber in JSON', async letter => {
    const asked = request(serviceFour()).get(`/colour/${encodeURIComponent(letter)}`);
    expect((await asked.set('Accept', 'application/json').expect(200)).body).toEqual(amber);
  });

  test('what is no letter has the fallback colour', async () => {
    const asked = request(serviceFour()).get('/colour/-').set('Accept', 'application/json');
    expect((await asked).body).toEqual({ letter: null, name: 'black', hex: '#000000' });
  });

  test('a client may keep the answer for an hour, and then ask whether it still holds', async () => {
    const app = serviceFour();
    const { headers } = await request(app).get('/colour/A');
    expect(headers).toMatchObject({ 'cache-control': 'public, max-age=3600', vary: 'Accept' });
    const { status, text } = await request(app).get('/colour/A').set('If-None-Match', String(headers.etag));
    expect([status, text]).toEqual([304, '']);
    await request(app).get('/colour/A').set('If-None-Match', '"of-another-file"').expect(200);
  });

  test.each(['AB', 'Amelia', '%20A'])(
    '%s, which is not one letter, answers 400 that nobody keeps',
    async text => {
      const { headers } = await request(serviceFour())
        .get(`/colour/${text}`)
        .expect(400, /Expected one letter/);
      expect(headers['cache-control']).toBe('no-store');
      expect(headers).not.toHaveProperty('etag');
    },
  );

  test('whatever the one character, the answer is a colour', async () => {
    const app = serviceFour();
    const character = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 1 })
      .filter(x => [...x.normalize('NFC')].length === 1);
    await fc.assert(
      fc.asyncProperty(character, async letter => {
        fc.pre(!['.', '..'].includes(letter));
        const { status } = await request(app).get(`/colour/${encodeURIComponent(letter)}`);
        expect(status).toBe(200);
      }),
      { numRuns: 50 },
    );
  });
});

describe('When a name is sent', () => {
  const post = (type: string, body: string) =>
    request(serviceFour()).post('/colour').set('Content-Type', type).send(body);

  test.each([
    ['text/plain', 'Amelia'],
    ['text/plain; charset=utf-8', 'Анна'],
    ['application/json', '{"name":"Amelia"}'],
    ['application/x-www-form-urlencoded', 'Amelia'],
  ])('as %s, its colour is given', async (type, body) => {
    expect((await post(type, body).expect(200)).text).toBe('amber');
    expect((await post(type, body).set('Accept', 'application/json')).body).toEqual(amber);
  });

  test.each([
    ['text/plain', ''],
    ['text/plain', ' \n'],
    ['application/json', '{}'],
    ['application/json', '{"name":""}'],
    ['application/json', '{"name":7}'],
    ['application/json', '[]'],
    ['application/json', 'null'],
    ['application/json', '{"name":'],
    ['application/json', ''],
  ])('as %s, %j is no name and answers 400', async (type, body) => {
    await post(type, body).expect(400);
  });

  test.each([
    ['ไพโรจน์', 'P'],
    ['长孙无忌', 'Z'],
    ['အောင်', 'A'],
    ['ﻋﻠﻲ', 'A'],
  ])('the letter of %s is %s, as in the request of service 1', async (name, letter) => {
    const { body } = await post('text/plain', name).set('Accept', 'application/json');
    expect(body.letter).toBe(letter);
  });

  test.each([
    ['text/plain', 'Ren\xe9'],
    ['application/json', '{"name":"Ren\xe9"}'],
  ])('as %s, what is no UTF-8 answers 400', async (type, bytes) => {
    const asked = post(type, bytes).serialize(() => Buffer.from(bytes, 'latin1') as never);
    await asked.send({}).expect(400, /UTF-8/);
  });

  test('more than 16 kB answer 413', async () => {
    await post('text/plain', 'A'.repeat(17_000)).expect(413);
    await post('application/json', JSON.stringify({ name: 'A'.repeat(17_000) })).expect(413);
  });

  test('a charset that nobody knows answers 415', async () => {
    await post('text/plain; charset=klingon', 'Amelia').expect(415);
  });
});
