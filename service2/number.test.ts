import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { randomNumber } from './number.ts';

const least = Number.MIN_SAFE_INTEGER;
const greatest = Number.MAX_SAFE_INTEGER;

/** Pearson's chi-square of draws that fall into equally likely classes. */
function chiSquareOf(counts: number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function countsOf(classes: number, draws: number, draw: () => number): number[] {
  const counts = Array<number>(classes).fill(0);
  for (let i = 0; i < draws; i += 1) {
    const drawn = draw();
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  return counts;
}

describe('When a number is drawn', () => {
  test('it is a whole number in the range, whatever the range', () => {
    const safe = fc.integer({ min: least, max: greatest });
    fc.assert(
      fc.property(safe, safe, (one, other) => {
        const [min, max] = [Math.min(one, other), Math.max(one, other)];
        const drawn = randomNumber(min, max);
        expect(Number.isSafeInteger(drawn) && drawn >= min && drawn <= max).toBe(true);
      }),
    );
  });

  test.each([
    [1, 3],
    [-2, 0],
    [greatest - 2, greatest],
    [least, least + 2],
  ])('both ends of %d..%d are drawn, and all between', (min, max) => {
    const drawn = new Set(Array.from({ length: 200 }, () => randomNumber(min, max)));
    expect([...drawn].sort((a, b) => a - b)).toEqual([min, min + 1, max]);
  });

  test.each([0, 7, least, greatest])('a range of the one number %d gives it', only => {
    expect(randomNumber(only, only)).toBe(only);
  });

  // The limits are exceeded once in a hundred million runs (chi-square, p = 1e-8).
  test('every number is equally likely', () => {
    expect(chiSquareOf(countsOf(100, 100_000, () => randomNumber(1, 100) - 1))).toBeLessThan(200);
  });

  test('every tenth of the largest range is equally likely, up to its ends', () => {
    const tenth = () => Math.min(9, Math.floor((randomNumber(least, greatest) / greatest + 1) * 5));
    expect(chiSquareOf(countsOf(10, 30_000, tenth))).toBeLessThan(58);
  });

  test('the last digit in a range beyond 2^48 is equally likely too', () => {
    const digit = () => randomNumber(0, 2 ** 52) % 16;
    expect(chiSquareOf(countsOf(16, 30_000, digit))).toBeLessThan(70);
  });
});
