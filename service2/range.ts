import { inspect } from 'node:util';
import { badRequest } from '@motorpool/service/errors.ts';

/** The numbers from which one is drawn, both ends included. */
export type Range = { min: number; max: number };

/** The range that a query asks for, 1 to 10 unless it says otherwise; throws 400 for anything that is no range. */
export function rangeOf(query: Record<string, unknown>): Range {
  const min = wholeNumber('min', query.min ?? '1');
  const max = wholeNumber('max', query.max ?? '10');
  if (min > max) throw badRequest(`Expected \`min\` to be at most \`max\`, got ${min} and ${max}.`);
  return { min, max };
}

function wholeNumber(name: string, value: unknown): number {
  const text = typeof value === 'string' ? value : inspect(value);
  const number = Number(text);
  if (typeof value === 'string' && /^-?\d{1,16}$/.test(text) && Number.isSafeInteger(number)) return number;
  throw badRequest(`Expected \`${name}\` to be a whole number between ±9007199254740991, got \`${text}\`.`);
}
