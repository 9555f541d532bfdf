import { notFound } from '@motorpool/service/errors.ts';

/** The id in a path; throws 404 for what can be nobody's id. */
export function idOf(text: unknown): number {
  const id = Number(text);
  if (typeof text === 'string' && /^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(id)) return id;
  throw notFound(`There is no person ${String(text)}. The list of people is at /people.`);
}
