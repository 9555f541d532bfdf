import { describe, expect, jest, test } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { answer, formOf } from './answer.ts';
import { problemOf } from './errors.ts';

const html = jest.fn(() => '<p>ä</p>');
const json = jest.fn(() => ({ car: 'van' }));
const app = express().use((incoming, response) => {
  try {
    answer(incoming, response, { html, json, text: () => 'van' });
  } catch (error) {
    response.status(problemOf(error).status).end(problemOf(error).detail);
  }
});

describe('When something is asked for', () => {
  test.each([
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html; charset=utf-8', '<p>ä</p>'],
    ['*/*', 'text/html; charset=utf-8', '<p>ä</p>'],
    ['application/json', 'application/json; charset=utf-8', '{"car":"van"}'],
    ['text/plain, text/html;q=0.5', 'text/plain; charset=utf-8', 'van'],
  ])('%s gets %s, of its length, and no cache gives it to others', async (accept, type, text) => {
    const { headers, text: body } = await request(app).get('/').set('Accept', accept).expect(200);
    expect(headers).toMatchObject({ 'content-type': type, vary: 'Accept' });
    expect([Number(headers['content-length']), body]).toEqual([Buffer.byteLength(text), text]);
  });

  test('only the form that is sent is made', async () => {
    html.mockClear();
    await request(app).get('/').set('Accept', 'application/json').expect(200);
    expect(html).not.toHaveBeenCalled();
  });

  test('HEAD has the headers of GET and no body', async () => {
    const { headers, text } = await request(app).head('/').set('Accept', 'text/plain').expect(200);
    expect([headers['content-length'], text]).toEqual(['3', undefined]);
  });

  test('a form that there is not is a 406 that says which there are', async () => {
    const { text } = await request(app).get('/').set('Accept', 'image/png').expect(406);
    expect(text).toBe('Accept one of text/html, application/json, text/plain.');
  });
});

test('what is accepted is weighed once, also when it is nothing, and apart for each offer', () => {
  const accepts = jest.fn((offered: string[]) => offered.includes('json') && 'json');
  const incoming = { headers: { accept: 'application/json, x/y' }, accepts } as never;
  for (let count = 0; count < 3; count += 1) {
    expect(formOf(incoming, ['html', 'json'])).toBe('json');
    expect(formOf(incoming, ['html'])).toBe(false);
  }
  expect(accepts).toHaveBeenCalledTimes(2);
});
