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

/**
 * The names in db/people.csv, as they are stored. Wherever the list is used it is read by this, before anything is made.
 * Throws a StartError that says which line is wrong, and why.
 */
export function readNames(file = new URL('people.csv', folder)): string[] {
  const path = fileURLToPath(file);
  return rowsIn(path).map(({ record, info }) => {
    const { name, error } = checkName(record.name);
    if (error === null) return name;
    throw new StartError(`Line ${info.lines} of ${path} ("${record.name}"): ${error}`);
  });
}

function rowsIn(path: string): { record: { name: string }; info: { lines: number } }[] {
  try {
    const text = decodeUtf8(readFileSync(path));
    if (text.trim() === '') refuseTitles([]);
    return parse(text, { columns: refuseTitles, info: true, skip_empty_lines: true });
  } catch (error) {
    const reason = Error.isError(error) ? error.message : String(error);
    throw new StartError(`${path} cannot be read as CSV: ${reason}`, { cause: error });
  }
}

function refuseTitles(titles: string[]): string[] {
  if (titles.includes('name')) return titles;
  throw new Error(`Expected line 1 to name the columns, one of them "name", got "${titles.join(',')}".`);
}
