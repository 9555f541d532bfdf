import { describe, expect, test } from '@jest/globals';
import { refuseForeignOrigin } from './origin.ts';

describe('When a form is sent', () => {
  test.each([
    [undefined, 'motorpool.test'],
    ['http://motorpool.test', 'motorpool.test'],
    ['https://motorpool.test', 'motorpool.test'],
    ['http://localhost:8080', 'localhost:8080'],
    ['http://[::1]:8080', '[::1]:8080'],
  ])('from %s to %s, it is taken', (origin, host) => {
    expect(() => refuseForeignOrigin(origin, host)).not.toThrow();
  });

  test.each([
    ['http://evil.test', 'motorpool.test'],
    ['http://motorpool.test.evil.test', 'motorpool.test'],
    ['http://motorpool.test:81', 'motorpool.test'],
    ['null', 'motorpool.test'],
    ['', 'motorpool.test'],
    ['motorpool.test', 'motorpool.test'],
    ['http://evil.test', undefined],
    ['null', undefined],
    ['null', ''],
    ['file:///etc/passwd', ''],
  ])('from %j to %s, it answers 403 that says where to go', (origin, host) => {
    expect(() => refuseForeignOrigin(origin, host)).toThrow(
      expect.objectContaining({
        problem: expect.objectContaining({ status: 403, detail: expect.stringContaining('/people') }),
      }),
    );
  });
});
