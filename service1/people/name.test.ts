import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkName } from './name.ts';

/** What shows nothing, each of another kind. */
const unseen = [
  ...' \t\u00a0\u3000\u00ad\u034f\u115f\u1160\u17b4\u180e\u200b\u200c\u200d\u200e\u2060\u2063\u2800',
].concat([
  ...'\u3164\uffa0\ufe00\ufe0f\ufeff\ufff0\ufffc\u{13441}\u{13442}\u{1bca0}\u{1d159}\u{1d173}\u{e0001}\u{e0061}\u{e0100}',
]);
/** Marks that stand on something, and what Unicode has for private use or not at all. */
const uncertain = [...'\u0301\u0f71\u20dd\ue000\u0378\uffff\u{10ffff}'];

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({ unit: fc.constantFrom(...unseen, ...uncertain), maxLength: 120 }),
  fc.string({
    unit: fc.constantFrom(...unseen, ...uncertain, 'A', '李', '❤', '🏴', '\u0d28\u0d4d'),
    maxLength: 12,
  }),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc.string({ unit: 'grapheme-composite', maxLength: 120 }),
);

describe('When a name may be stored', () => {
  test.each([
    'O',
    '李',
    '🚗',
    '5',
    '?',
    'é',
    'Jo',
    "O'Brien",
    'Henry, Jr.',
    '李娜',
    'محمد',
    '👩‍🚀👨‍🚀',
    'क्‍षमा',
    'نیک‌نام',
    '⠁⠝⠝⠀⠃',
    '=1+1',
    '<b>Ann</b>',
    'x'.repeat(100),
    '🚗'.repeat(100),
  ])('%s is stored as it is', name => expect(checkName(name)).toEqual({ name, error: null }));

  test('space around it is cut off', () => {
    expect(checkName(' \t\u00a0\ufeff Amelia \u3000\r\n')).toEqual({ name: 'Amelia', error: null });
  });

  test.each(unseen)('so is %j, which shows nothing', character => {
    expect(checkName(`${character}Amelia${character}${character}`)).toEqual({ name: 'Amelia', error: null });
  });

  test.each(['❤️', '☺︎', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '葛󠄀', 'മോഹന്‍'])('what belongs to the last character of %s stays', name => {
    expect(checkName(`\u200b${name}\u200b`)).toEqual({ name, error: null });
  });

  test('letters and accents are put together', () => {
    expect(checkName('E\u0301lodie').name).toBe('Élodie');
  });
});

describe('When a name may not be stored', () => {
  test.each([undefined, null, 7, {}, ['Amelia'], true])('%j is no text', input => {
    expect(checkName(input)).toEqual({ name: '', error: 'Give a name: a text of 1 to 100 characters.' });
  });

  test.each(['x', '🚗'])('more than 100 times %s is too long', character => {
    expect(checkName(character.repeat(101)).error).toBe(
      'A name has at most 100 characters; this one has 101.',
    );
  });

  test.each(['\u0000', '\n', '\u007f', '\u0085', '\u2028', '\u2029', '\ud800', '\u202e', '\u2066'])(
    'the invisible character %j is refused inside of it',
    character => {
      expect(checkName(`Ame${character}lia`).error).toMatch(/^A name has no control characters/);
    },
  );

  test.each(['', '  ', '\u200d\ufe0f\u200d', '\u0301\u0301', '\ue000', '\u0378', ...unseen.map(x => x + x)])(
    '%j cannot be seen',
    input => {
      expect(checkName(input).error).toBe('A name has at least one character that can be seen.');
    },
  );

  test('the form gets back what was sent', () => {
    expect(checkName(' A\nb ').name).toBe('A\nb');
  });
});

test('every character of Unicode alone is stored if it can be seen, and else not', () => {
  for (let code = 0; code <= 0x10ffff; code += 1) {
    const character = String.fromCodePoint(code);
    if ((checkName(character).error === null) !== isSeen(character))
      throw new Error(`U+${code.toString(16)}`);
  }
});

test('whatever comes in, a name that is stored can be seen', () => {
  fc.assert(
    fc.property(anyText, input => {
      const { name, error } = checkName(input);
      if (error === null) expect([...name].some(isSeen)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('whatever comes in, a name that is stored is NFC, trimmed, 1 to 100 characters, without controls', () => {
  fc.assert(
    fc.property(anyText, input => {
      const { name, error } = checkName(input);
      if (error !== null) return;
      expect(name).toBe(name.normalize('NFC'));
      expect(name).toBe(name.trim());
      expect([...name].length).toBeGreaterThanOrEqual(1);
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

/** Whether a character has ink by itself: a letter, number, mark of punctuation or symbol, but for those that are blank. */
function isSeen(character: string): boolean {
  const blank = /[\p{Default_Ignorable_Code_Point}\u2800\ufffc\u{13441}\u{13442}\u{1d159}]/u;
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(character) && !blank.test(character);
}
