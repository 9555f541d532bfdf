import anyAscii from 'any-ascii';

// Carriers of a vowel, which transliteration leaves out: the names that begin with one are mostly written with an A.
const silent = new Set('اأإآٱعאע');

/**
 * The Latin capital, A to Z, that the first letter of a name stands for: É is E, Ж is Z (Zh), 李 is L (Li).
 * Null for a name with no letter, and for a letter that nobody writes in Latin. Modifier letters (ʻ) do not count.
 */
export function initialOf(name: string): string | null {
  const letter = name.normalize('NFC').match(/[\p{Lu}\p{Ll}\p{Lt}\p{Lo}]/u)?.[0];
  if (letter === undefined) return null;
  if (silent.has(letter)) return 'A';
  return anyAscii(letter).match(/[a-z]/i)?.[0].toUpperCase() ?? null;
}
