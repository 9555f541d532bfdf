/** A name that may be stored, or the sentence that says what is wrong with it. */
export type CheckedName = { name: string; error: null } | { name: string; error: string };

/**
 * Checks the name of a new person: 2 to 100 characters after trimming, in Unicode's NFC, with no control characters
 * and at least one that can be seen.
 */
export function checkName(input: unknown): CheckedName {
  if (typeof input !== 'string') return { name: '', error: 'Give a name: a text of 2 to 100 characters.' };
  const name = input.normalize('NFC').trim();
  const length = [...name].length;
  if (length < 2) return { name, error: 'A name has at least 2 characters.' };
  if (length > 100) return { name, error: `A name has at most 100 characters; this one has ${length}.` };
  // Controls, line and paragraph separators, lone surrogates; and the characters that turn the direction of text around.
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(name)) {
    return { name, error: 'A name has no control characters; this one has an invisible one. Type it again.' };
  }
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(name))
    return { name, error: 'A name has at least one character that can be seen.' };
  return { name, error: null };
}
