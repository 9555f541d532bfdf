import anyAscii from 'any-ascii';
import { readDataFile } from './data-file.ts';

const { carriers, beginnings } = readDataFile(new URL('initials.json', import.meta.url)).members;
const isCarrier = new Set(String(carriers).split(' '));
const initials = new Map(
  Object.entries(Object(beginnings)).flatMap(([initial, begun]) =>
    String(begun)
      .normalize('NFKC')
      .split(' ')
      .map(beginning => [beginning, initial]),
  ),
);

// Thai and its kin write some vowels before the consonant that they are spoken after (Logical_Order_Exception).
const firstLetter = /(?<before>\p{LOE}*)(?<letter>[\p{Lu}\p{Ll}\p{Lt}\p{Lo}])(?<marks>\p{M}*)/u;

/**
 * The Latin capital, A to Z, that a name begins with for those who speak its language: É is E, Ж is Z (Zh), 李 is L
 * (Li), ไพโรจน์ is P (Phairot). Han is read as a Mandarin surname. Null for a name with no letter, and for a letter that
 * nobody writes in Latin. Modifier letters (ʻ) do not count.
 */
export function initialOf(name: string): string | null {
  const text = name.normalize('NFKC');
  const found = firstLetter.exec(text);
  if (found === null) return null;
  const { before = '', letter = '', marks } = found.groups ?? {};
  const rest = text.slice(found.index + before.length);
  const known = [4, 3, 2, 1].map(length => initials.get(rest.slice(0, length))).find(Boolean);
  const latin = isCarrier.has(letter)
    ? anyAscii(`${marks}${before}a`).match(/[aeiou]/i)
    : anyAscii(letter).match(/[a-z]/i);
  return known ?? latin?.[0].toUpperCase() ?? null;
}
