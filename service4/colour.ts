import { createHash } from 'node:crypto';
import { readDataFile } from '@motorpool/service/data-file.ts';
import { initialOf } from '@motorpool/service/initial.ts';
import { StartError } from '@motorpool/service/start.ts';

/** A colour: its name, and its value as #rrggbb. */
export type Colour = { name: string; hex: string };

/** The colour that a name has, by the Latin capital of its first letter (null: it has none). */
export type LetterColour = Colour & { letter: string | null };

/** The colour of every letter, and the entity tag of the file that says so, weak since an answer has two forms. */
export type Rules = { letters: Record<string, Colour>; fallback: Colour; etag: string };

/** Reads the rules from a file like colours.json; throws a StartError that says what is wrong with it. */
export function readRules(url: URL): Rules {
  const { path, text, members } = readDataFile(url);
  const letters = Object(members.letters);
  const { fallback } = members;
  const wrong = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].find(letter => !isColourOf(letter, letters[letter]));
  if (wrong)
    throw new StartError(
      `Expected ${path} to give ${wrong} a name that begins with it and a hex like #ffbf00.`,
    );
  if (!isColour(fallback))
    throw new StartError(`Expected ${path} to give a "fallback" colour with a name and a hex.`);
  return {
    letters,
    fallback,
    etag: `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 16)}"`,
  };
}

/** The colour of a name's first letter; the fallback colour for a name with no letter. */
export function colourOf(name: string, { letters, fallback }: Rules): LetterColour {
  const letter = initialOf(name);
  return { letter, ...((letter && letters[letter]) || fallback) };
}

function isColour(value: unknown): value is Colour {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('hex' in value)) return false;
  return typeof value.name === 'string' && typeof value.hex === 'string' && /^#[0-9a-f]{6}$/.test(value.hex);
}

function isColourOf(letter: string, value: unknown): boolean {
  return isColour(value) && value.name.toUpperCase().startsWith(letter);
}
