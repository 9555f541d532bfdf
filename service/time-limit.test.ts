import { expect, jest, test } from '@jest/globals';
import { TooLate, within } from './time-limit.ts';

test('work that is done in time gives its value or its error, and is never told that it is late', async () => {
  const whenLate = jest.fn();
  await expect(within(5, Promise.resolve(7), whenLate)).resolves.toBe(7);
  await expect(within(5, Promise.reject(new Error('broken')), whenLate)).rejects.toThrow('broken');
  await new Promise(resolve => setTimeout(resolve, 10));
  expect(whenLate).not.toHaveBeenCalled();
});

test('work that is not done in time is told so, and is waited for no longer', async () => {
  const whenLate = jest.fn();
  await expect(within(5, new Promise(() => {}), whenLate)).rejects.toThrow(TooLate);
  expect(whenLate).toHaveBeenCalledTimes(1);
});
