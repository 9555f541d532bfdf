import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { idOf } from './id.ts';

describe('When a path has an id', () => {
  test('it is that number, up to the greatest safe integer', () => {
    const ids = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(fc.property(ids, id => expect(idOf(`${id}`)).toBe(id)));
    expect(idOf('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  });

  test.each([
    '',
    '0',
    '-1',
    '07',
    '1.5',
    '1e3',
    'x',
    ' 1',
    '1\n',
    '٣',
    '9007199254740992',
    '9'.repeat(99),
    undefined,
    7,
  ])('%j is nobody’s id and answers 404', text => {
    expect(() => idOf(text)).toThrow(
      expect.objectContaining({ problem: expect.objectContaining({ status: 404 }) }),
    );
  });
});
