import { describe, expect, test } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import type { Problem } from './errors.ts';
import { type ProblemPage, sendProblem } from './problem.ts';

const problem: Problem = {
  status: 503,
  title: 'Gone',
  detail: 'The car service did not answer.',
  members: { car: null },
  headers: { 'Retry-After': '1' },
};
const page: ProblemPage = ({ title }, requestId) => `<h1>${title}</h1><p>${requestId}</p>`;

function answer(accept: string, ...[rendered]: [ProblemPage?]) {
  const app = express().use((incoming, response) => {
    response.set('X-Request-Id', 'id-of-this-request');
    sendProblem(incoming, response, problem, rendered);
  });
  return request(app).get('/').set('Accept', accept);
}

describe('When a problem is sent', () => {
  test.each(['text/html', 'application/json', 'text/plain', 'image/png'])(
    'its status and headers are the same for %s',
    async accept => {
      const response = await answer(accept, page);
      expect(response.status).toBe(503);
      expect(response.headers).toMatchObject({
        'retry-after': '1',
        vary: 'Accept',
        'cache-control': 'no-store',
      });
    },
  );

  test('a browser gets the page', async () => {
    const response = await answer('text/html,application/xhtml+xml,*/*;q=0.8', page);
    expect(response.type).toBe('text/html');
    expect(response.text).toBe('<h1>Gone</h1><p>id-of-this-request</p>');
  });

  test.each(['application/json', 'application/problem+json'])('%s gets RFC 9457', async accept => {
    const response = await answer(accept, page);
    expect(response.type).toBe('application/problem+json');
    expect(JSON.parse(response.text)).toEqual({
      type: 'about:blank',
      status: 503,
      title: 'Gone',
      detail: 'The car service did not answer.',
      requestId: 'id-of-this-request',
      car: null,
    });
  });

  test.each(['text/plain', 'image/png'])('%s gets one line of text', async accept => {
    const response = await answer(accept, page);
    expect(response.type).toBe('text/plain');
    expect(response.text).toBe('Gone: The car service did not answer. (request id-of-this-request)\n');
  });
});

describe('When the service has no pages', () => {
  test.each(['*/*', 'text/html'])('%s gets one line of text', async accept => {
    expect((await answer(accept)).text).toMatch(/^Gone: .*\n$/);
  });
});
