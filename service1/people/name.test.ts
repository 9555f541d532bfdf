import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkName } from './name.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc.string({ unit: 'grapheme-composite', maxLength: 120 }),
);

describe('When a name may be stored', () => {
  test.each([
    'Jo',
    "O'Brien",
    'Henry, Jr.',
    '李娜',
    'محمد',
    '👩‍🚀👨‍🚀',
    '=1+1',
    '<b>Ann</b>',
    'x'.repeat(100),
    '🚗'.repeat(100),
  ])('%s is stored as it is', name => expect(checkName(name)).toEqual({ name, error: null }));

  test('space around it is cut off', () => {
    expect(checkName(' \t\u00a0\ufeff Amelia \u3000\r\n')).toEqual({ name: 'Amelia', error: null });
  });

  test('letters and accents are put together', () => {
    expect(checkName('E\u0301lodie').name).toBe('Élodie');
  });
});

describe('When a name may not be stored', () => {
  test.each([undefined, null, 7, {}, ['Amelia'], true])('%j is no text', input => {
    expect(checkName(input)).toEqual({ name: '', error: 'Give a name: a text of 2 to 100 characters.' });
  });

  test.each([
    ['', 'A name has at least 2 characters.'],
    ['  A  ', 'A name has at least 2 characters.'],
    ['🚗', 'A name has at least 2 characters.'],
    ['e\u0301', 'A name has at least 2 characters.'],
    ['x'.repeat(101), 'A name has at most 100 characters; this one has 101.'],
  ])('%j has the wrong length', (input, error) => {
    expect(checkName(input).error).toBe(error);
  });

  test.each(['\u0000', '\n', '\u007f', '\u0085', '\u2028', '\u2029', '\ud800', '\u202e', '\u2066'])(
    'the invisible character %j is refused inside of it',
    character => {
      expect(checkName(`Ame${character}lia`).error).toMatch(/^A name has no control characters/);
    },
  );

  test.each(['\u200b\u200b', '\u200d\ufe0f\u200d', '\u0301\u0301'])('%j cannot be seen', input => {
    expect(checkName(input).error).toBe('A name has at least one character that can be seen.');
  });

  test('the form gets back what was sent', () => {
    expect(checkName(' A ').name).toBe('A');
  });
});

test('whatever comes in, a name that is stored is NFC, trimmed, 2 to 100 characters, without controls', () => {
  fc.assert(
    fc.property(anyText, input => {
      const { name, error } = checkName(input);
      if (error !== null) return;
      expect(name).toBe(name.normalize('NFC'));
      expect(name).toBe(name.trim());
      expect([...name].length).toBeGreaterThanOrEqual(2);
      expect([...name].length).toBeLessThanOrEqual(100);
      expect(name.isWellFormed()).toBe(true);
      expect(name).not.toMatch(/\p{Cc}/u);
    }),
    { numRuns: 500 },
  );
});

test('a name that is stored would be stored again just so', () => {
  fc.assert(
    fc.property(anyText, input => {
      const checked = checkName(input);
      if (checked.error === null) expect(checkName(checked.name)).toEqual(checked);
    }),
  );
});
