/** A name that may be stored, or the sentence that says what is wrong with it. */
export type CheckedName = { name: string; error: null } | { name: string; error: string };

// What shows nothing: spaces, what Unicode calls default-ignorable, and what it counts as a letter or a symbol though
// it has no ink (in this order: the blank of Braille, a place for an object, the blanks of hieroglyphs and of music).
const blank = String.raw`\s\p{Default_Ignorable_Code_Point}\u2800\ufffc\u{13441}\u{13442}\u{1d159}`;
// What belongs to the character before it, though it shows nothing by itself: the variant of an emoji, a symbol or a
// letter of a script that has variants; the region of a flag; the joiner that shapes a last consonant in scripts of India.
const attached = [
  String.raw`(?<=[\p{Emoji}\p{S}\p{Script=Han}\p{Script=Mongolian}\p{Script=Myanmar}])\p{Variation_Selector}`,
  String.raw`(?<=\u{1f3f4})[\u{e0020}-\u{e007e}]+\u{e007f}`,
  String.raw`(?<=[\u094d\u09cd\u0d4d\u0dca])\u200d`,
].join('|');
const blankStart = new RegExp(`^[${blank}]+`, 'u');
const blankEnd = new RegExp(`(?<![${blank}])(${attached})?[${blank}]*$`, 'u');
const ink = new RegExp(`(?![${blank}])[\\p{L}\\p{N}\\p{P}\\p{S}]`, 'u');
// Controls, line and paragraph separators, lone surrogates; and the characters that turn the direction of text around.
const control = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

/**
 * Checks the name of a new person: 1 to 100 characters in Unicode's NFC, without what shows nothing at both ends, with
 * no control characters, and at least one letter, number, mark of punctuation or symbol that can be seen.
 */
export function checkName(input: unknown): CheckedName {
  if (typeof input !== 'string') return { name: '', error: 'Give a name: a text of 1 to 100 characters.' };
  const name = input.normalize('NFC').replace(blankStart, '').replace(blankEnd, '$1');
  const length = [...name].length;
  if (length > 100) return { name, error: `A name has at most 100 characters; this one has ${length}.` };
  if (control.test(name))
    return { name, error: 'A name has no control characters; this one has an invisible one. Type it again.' };
  if (!ink.test(name)) return { name, error: 'A name has at least one character that can be seen.' };
  return { name, error: null };
}
