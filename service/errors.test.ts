import { describe, expect, test } from '@jest/globals';
import { AxiosError } from 'axios';
import { badRequest, notFound, problemOf, ServiceError, unavailable } from './errors.ts';

describe('When the error is our own', () => {
  test('the caller learns what it says', () => {
    expect(problemOf(badRequest('Expected a letter.'))).toMatchObject({
      status: 400,
      detail: 'Expected a letter.',
    });
    expect(problemOf(notFound('There is no person 7.'))).toMatchObject({ status: 404, title: 'Not found' });
  });

  test('a part that does not answer is a 503 that may be tried again after a second', () => {
    const cause = new Error('ECONNREFUSED');
    const error = unavailable('The car service did not answer.', { car: null }, cause);
    expect(error.cause).toBe(cause);
    expect(error.problem).toMatchObject({
      status: 503,
      headers: { 'Retry-After': '1' },
      members: { car: null },
    });
  });

  test('its message is the detail, and its name tells it apart in the log', () => {
    expect(badRequest('Expected a letter.')).toMatchObject({
      name: 'ServiceError',
      message: 'Expected a letter.',
    });
    expect(badRequest('')).toBeInstanceOf(ServiceError);
  });
});

describe('When the error is of a body reader', () => {
  function readerError(status: number, message: string, expose = true) {
    return Object.assign(new Error(message), { status, expose });
  }

  test('the caller learns the status and a sentence', () => {
    expect(problemOf(readerError(413, 'request entity too large'))).toMatchObject({
      status: 413,
      detail: 'Request entity too large.',
    });
  });

  test.each([
    readerError(400, 'secret', false),
    readerError(503, 'secret'),
    readerError(200, 'secret'),
    { status: 400, expose: true, message: 'secret' },
  ])('one that may not be shown is a plain 500', error => {
    expect(problemOf(error).status).toBe(500);
    expect(JSON.stringify(problemOf(error))).not.toContain('secret');
  });
});

test('an address that cannot be decoded is a 400', () => {
  expect(problemOf(new URIError('URI malformed'))).toMatchObject({ status: 400 });
});

test("an AxiosError's status and message never reach a caller", () => {
  const error = new AxiosError('Request failed with status code 404 at 10.0.0.7', 'ERR_BAD_REQUEST');
  error.status = 404;
  expect(problemOf(error).status).toBe(500);
  expect(JSON.stringify(problemOf(error))).not.toContain('10.0.0.7');
});

test.each([new Error('secret'), 'secret', null, undefined, { message: 'secret' }])(
  'anything else that is thrown is a 500 that gives nothing away',
  thrown => {
    expect(problemOf(thrown)).toMatchObject({ status: 500, title: 'This is our fault' });
    expect(JSON.stringify(problemOf(thrown))).not.toContain('secret');
  },
);
