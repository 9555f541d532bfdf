import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { faultOf, unreadable } from './http-faults.ts';

function faultIn(headers: Record<string, string>, httpVersion = '1.1', url = '/'): number | undefined {
  return faultOf({ headers, httpVersion, url } as unknown as IncomingMessage)?.problem.status;
}

describe('When a request is good HTTP', () => {
  test.each(['', 'motorpool', 'MotorPool.example:8080', '10.0.0.1', '[::1]:80', 'a_b', 'x%20y', 'host:'])(
    'with Host: %s, nothing is wrong',
    host => expect(faultIn({ host })).toBeUndefined(),
  );

  test('HTTP/1.0 may lack a Host', () => expect(faultIn({}, '1.0')).toBeUndefined());

  test('chunks are understood', () => {
    expect(faultIn({ host: 'x', 'transfer-encoding': 'Chunked' })).toBeUndefined();
  });

  test('an address of 8 KB is not too long, one of a byte more is', () => {
    expect(faultIn({ host: 'x' }, '1.1', 'x'.repeat(8192))).toBeUndefined();
    expect(faultIn({ host: 'x' }, '1.1', 'x'.repeat(8193))).toBe(414);
  });
});

describe('When it is not', () => {
  test.each(['a, b', 'a/b', 'a@b', 'a b', '[x]', 'a\x00', 'é', ':80:80'])('Host: %j answers 400', host =>
    expect(faultIn({ host })).toBe(400),
  );

  test('HTTP/1.1 without a Host answers 400', () => expect(faultIn({})).toBe(400));

  test.each(['0.9', '2.0', '1.2', undefined])('HTTP/%s answers 505', version =>
    expect(faultIn({ host: 'x' }, version ?? 'none')).toBe(505),
  );

  test.each(['gzip, chunked', 'chunked, chunked', 'identity', 'gzip', ''])(
    'Transfer-Encoding: %s answers 501, and any in HTTP/1.0 400',
    encoding => {
      expect(faultIn({ host: 'x', 'transfer-encoding': encoding })).toBe(501);
      expect(faultIn({ host: 'x', 'transfer-encoding': encoding }, '1.0')).toBe(400);
    },
  );

  test.each([
    ['HPE_HEADER_OVERFLOW', 431],
    ['ERR_HTTP_REQUEST_TIMEOUT', 408],
    ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
    ['HPE_INVALID_VERSION', 505],
    ['HPE_PAUSED_H2_UPGRADE', 505],
    ['HPE_INVALID_HEADER_TOKEN', 400],
    [undefined, 400],
  ])('%s of Node answers %d', (code, status) => expect(unreadable(code).problem.status).toBe(status));
});
