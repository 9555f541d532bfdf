import { expect, test } from '@jest/globals';
import { isNoisy, noiseText, usualDelay } from './noise.ts';

const second = { at: 1000, outside: 0.05, delay: 10 };

test.each([
  ['others took a third of a core', { ...second, outside: 0.33 }, true],
  ['the calibrator waited for four times as long as usual', { ...second, delay: 281 }, true],
  ['neither', second, false],
  ['the calibrator waited no longer than people notice', { ...second, delay: 249 }, false],
])('a second is noisy or not when %s', (_, seen, expected) => {
  expect(isNoisy(seen, 70)).toBe(expected);
});

test('noise is told with its figures, and calm is not told', () => {
  expect(noiseText([second, second], 10)).toBeNull();
  expect(noiseText([second, { ...second, outside: 0.97 }], 10)).toMatch(
    /^In 1 of 2 seconds .* 1\.0 of its cores/,
  );
});

test('the usual delay is that of the middle second', () => {
  expect(usualDelay([3, 90, 5].map(delay => ({ ...second, delay })))).toBe(5);
  expect(usualDelay([])).toBe(0);
});
