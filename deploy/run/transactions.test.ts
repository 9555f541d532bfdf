import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bestOf } from '../recover-database.ts';
import { contains, countOf } from './transactions.ts';

const member = (name: string, transactions: string) => ({
  name,
  id: name,
  state: 'OFFLINE',
  transactions,
  said: '',
});

test('a set of transactions contains another exactly if it has each of them', () => {
  const numbers = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 1, max: 9 })), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(numbers, numbers, (one, other) => {
      const isIn = ([origin, number]: [string, number]) => one.some(([o, n]) => o === origin && n === number);
      expect(contains(textOf(one), textOf(other))).toBe(other.every(isIn));
      expect(countOf(textOf(one))).toBe(new Set(one.map(String)).size);
    }),
  );
});

test('the best member has all that any other has; there is none where two have what the other lacks', () => {
  const [one, two, wiped] = [member('one', 'a:1-5:7,b:1'), member('two', 'a:1-5,b:1'), member('wiped', '')];
  expect(bestOf([two, one, wiped])).toBe(one);
  expect(bestOf([one, member('two', 'a:1-6')])).toBeUndefined();
  expect(bestOf([wiped])).toBeUndefined();
});

/** As MySQL writes it: the ranges of numbers of each origin. */
function textOf(transactions: [string, number][]): string {
  const sets = ['a', 'b'].map(origin => {
    const numbers = [...new Set(transactions.filter(([o]) => o === origin).map(([, n]) => n))].sort(
      (x, y) => x - y,
    );
    const spans = numbers.reduce<[number, number][]>((ranges, number) => {
      const last = ranges.at(-1);
      if (last?.[1] === number - 1) last[1] = number;
      else ranges.push([number, number]);
      return ranges;
    }, []);
    return spans.length > 0
      ? [origin, ...spans.map(([from, to]) => (from === to ? from : `${from}-${to}`))].join(':')
      : '';
  });
  return sets.filter(Boolean).join(', ');
}
