import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StartError } from '@motorpool/service/start.ts';
import { parse } from 'csv-parse/sync';
import { checkName } from '../people/name.ts';

const folder = new URL('../../db/', import.meta.url);

/** The schema of both databases, as SQL. */
export const schema = readFileSync(new URL('schema.sql', folder), 'utf8');

/** The names in db/people.csv; throws a StartError that says which line is wrong. */
export function readNames(file = new URL('people.csv', folder)): string[] {
  return rowsIn(file).map(({ name: input }, index) => {
    const { name, error } = checkName(input);
    if (error === null) return name;
    throw new StartError(`Person ${index + 1} in ${fileURLToPath(file)} ("${input ?? ''}"): ${error}`);
  });
}

function rowsIn(file: URL): { name?: string }[] {
  try {
    return parse(readFileSync(file), { columns: true, bom: true, skip_empty_lines: true });
  } catch (error) {
    const reason = Error.isError(error) ? error.message : String(error);
    throw new StartError(`${fileURLToPath(file)} cannot be read as CSV: ${reason}`, { cause: error });
  }
}
