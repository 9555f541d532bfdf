import { expect, test } from '@jest/globals';
import { tlsOf } from './tls.ts';

test.each([
  ['DISABLED', undefined],
  ['REQUIRED', { rejectUnauthorized: false, verifyIdentity: false }],
  ['VERIFY_CA', { rejectUnauthorized: true, verifyIdentity: false }],
  ['VERIFY_IDENTITY', { rejectUnauthorized: true, verifyIdentity: true }],
])("%s is what MySQL's own client means by it", (DB_SSL_MODE, options) => {
  expect(tlsOf('db', { DB_SSL_MODE, DB_SSL_CA: undefined })).toEqual(options);
});

test('an authority that nobody would ask is refused, and so is the identity of a bare address', () => {
  expect(() => tlsOf('db', { DB_SSL_MODE: 'DISABLED', DB_SSL_CA: 'PEM' })).toThrow(
    /^Set DB_SSL_MODE to VERIFY_CA/,
  );
  const identity = { DB_SSL_MODE: 'VERIFY_IDENTITY', DB_SSL_CA: 'PEM' };
  expect(() => tlsOf('10.0.0.1', identity)).toThrow(/^Set DB_HOST to a name/);
  expect(tlsOf('db', identity)).toMatchObject({ ca: 'PEM' });
});
