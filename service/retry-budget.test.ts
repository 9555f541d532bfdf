import { expect, test } from '@jest/globals';
import { createRetryBudget } from './retry-budget.ts';

test('fifty may be tried again at once, and after that a fifth of what is called', () => {
  const budget = createRetryBudget();
  const spend = () => Array.from({ length: 100 }, () => budget.spend()).filter(Boolean).length;
  expect(spend()).toBe(50);
  for (let call = 0; call < 101; call += 1) budget.earn();
  expect(spend()).toBe(20);
});

test('what is not used does not add up', () => {
  const budget = createRetryBudget();
  for (let call = 0; call < 1000; call += 1) budget.earn();
  expect(Array.from({ length: 100 }, () => budget.spend()).filter(Boolean)).toHaveLength(50);
});
