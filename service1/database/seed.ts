import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StartError } from '@motorpool/service/start.ts';
import { decodeUtf8 } from '@motorpool/service/utf8.ts';
import { parse } from 'csv-parse/sync';
import { checkName } from '../people/name.ts';

const folder = new URL('../../db/', import.meta.url);

const sql = readFileSync(new URL('schema.sql', folder), 'utf8');

/** The schema of MySQL, as SQL. */
export const schema = sql.replaceAll(/\n?-- SQLite: .*/g, '');

/** The same of SQLite. */
export const sqliteSchema = sql.replaceAll('-- SQLite: ', '');

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
    return parse(decodeUtf8(readFileSync(file)), { columns: true, skip_empty_lines: true });
  } catch (error) {
    const reason = Error.isError(error) ? error.message : String(error);
    throw new StartError(`${fileURLToPath(file)} cannot be read as CSV: ${reason}`, { cause: error });
  }
}
