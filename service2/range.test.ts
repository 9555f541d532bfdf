import { describe, expect, test } from '@jest/globals';
import { ServiceError } from '@motorpool/service/errors.ts';
import fc from 'fast-check';
import { rangeOf } from './range.ts';

const safe = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });

function statusOf(query: Record<string, unknown>): number {
  try {
    rangeOf(query);
    return 200;
  } catch (error) {
    if (error instanceof ServiceError) return error.problem.status;
    throw error;
  }
}

describe('When a query is a range', () => {
  test('it is that one, from 1 to 10 unless it says otherwise', () => {
    expect(rangeOf({})).toEqual({ min: 1, max: 10 });
    expect(rangeOf({ max: '250' })).toEqual({ min: 1, max: 250 });
    expect(rangeOf({ min: '-5' })).toEqual({ min: -5, max: 10 });
    expect(rangeOf({ min: '007', max: '7' })).toEqual({ min: 7, max: 7 });
  });

  test('every pair of safe integers in order is one', () => {
    fc.assert(
      fc.property(safe, safe, (one, other) => {
        const [min, max] = [Math.min(one, other), Math.max(one, other)];
        expect(rangeOf({ min: `${min}`, max: `${max}` })).toEqual({ min, max });
      }),
    );
  });
});

describe('When a query is no range', () => {
  test.each([
    '',
    ' ',
    '1.5',
    '1e3',
    '0x10',
    '+1',
    '--1',
    '١',
    'NaN',
    'Infinity',
    '9007199254740992',
    '1 ',
    '1\n',
  ])('`%s` at either end answers 400', end => {
    expect(statusOf({ min: end })).toBe(400);
    expect(statusOf({ max: end })).toBe(400);
  });

  test('a sentence says what was expected', () => {
    expect(() => rangeOf({ max: 'ten' })).toThrow(
      'Expected `max` to be a whole number between ±9007199254740991, got `ten`.',
    );
    expect(() => rangeOf({ min: '9', max: '1' })).toThrow('Expected `min` to be at most `max`, got 9 and 1.');
    expect(() => rangeOf({ min: '11' })).toThrow('got 11 and 10.');
  });

  test('a parameter that is given twice answers 400', () => {
    expect(statusOf({ min: ['1', '2'] })).toBe(400);
    expect(statusOf({ max: ['5'] })).toBe(400);
  });

  test('a pair in the wrong order answers 400', () => {
    fc.assert(
      fc.property(safe, safe, (one, other) => {
        fc.pre(one !== other);
        expect(statusOf({ min: `${Math.max(one, other)}`, max: `${Math.min(one, other)}` })).toBe(400);
      }),
    );
  });

  test('what cannot even be shown as text answers 400', () => {
    expect(statusOf({ min: { toString: {} } })).toBe(400);
  });

  test('whatever comes, the answer is a range or 400', () => {
    fc.assert(
      fc.property(fc.anything(), fc.string({ unit: 'binary' }), (min, max) => {
        expect([200, 400]).toContain(statusOf({ min, max }));
      }),
    );
  });
});
