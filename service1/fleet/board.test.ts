import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ageOf, paintOf } from './board.ts';

test('a version and the next one never have the same paint', () => {
  const numbers = fc.tuple(fc.nat(40), fc.nat(40), fc.nat(98));
  fc.assert(
    fc.property(numbers, ([major, minor, patch]) => {
      const [one, next] = [`${major}.${minor}.${patch}`, `${major}.${minor}.${patch + 1}`].map(paintOf);
      expect(one).toBe(paintOf(`${major}.${minor}.${patch}`));
      expect(one).not.toBe(next);
      expect(Math.min(one ?? -1, next ?? -1)).toBeGreaterThanOrEqual(0);
      expect(Math.max(one ?? 99, next ?? 99)).toBeLessThan(24);
    }),
  );
});

test.each([
  [0.4, '0 s'],
  [119, '119 s'],
  [120, '2 min'],
  [7199, '119 min'],
  [7200, '2 h'],
  [172_800, '2 days'],
])('an age of %d seconds is %s', (seconds, said) => {
  expect(ageOf(seconds)).toBe(said);
});
