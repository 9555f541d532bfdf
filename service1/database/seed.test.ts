import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { StartError } from '@motorpool/service/start.ts';
import { checkName } from '../people/name.ts';
import { readNames, schema } from './seed.ts';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'people ')), 'people.csv');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

function readNamesIn(text: string | Buffer): string[] {
  writeFileSync(path, text);
  return readNames(pathToFileURL(path));
}

describe('When the people come with the repository', () => {
  test('they are hundreds, each with a name that may be stored', () => {
    const names = readNames();
    expect(names.length).toBeGreaterThan(300);
    for (const name of names) expect(checkName(name)).toEqual({ name, error: null });
    expect(schema).toContain('CREATE TABLE people');
  });
});

describe('When somebody edits the file', () => {
  test('commas and quotes may be quoted, empty lines and a byte order mark do not count', () => {
    const names = readNamesIn('\ufeffname\r\n"Henry, Jr."\r\n\r\n"Margaret ""Peggy"""\r\n');
    expect(names).toEqual(['Henry, Jr.', 'Margaret "Peggy"']);
  });

  test('other columns do not count', () => {
    expect(readNamesIn('id,name\n1,Amelia\n2,Mateo\n')).toEqual(['Amelia', 'Mateo']);
  });

  test('a name that may not be stored is named with its place', () => {
    const read = () => readNamesIn('name\nAmelia\n\u3164\n');
    expect(read).toThrow(StartError);
    expect(read).toThrow(`Line 3 of ${path} ("\u3164"): A name has at least one character that can be seen.`);
  });

  test('a file without the column `name` is refused', () => {
    const sentence = 'Expected line 1 to name the columns, one of them "name", got "person".';
    expect(() => readNamesIn('person\nAmelia\n')).toThrow(`${path} cannot be read as CSV: ${sentence}`);
    expect(() => readNamesIn('\n')).toThrow('one of them "name", got "".');
  });

  test('a comma that is not quoted is named with its line', () => {
    const read = () => readNamesIn('name\nAmelia\nHenry, Jr.\n');
    expect(read).toThrow(StartError);
    expect(read).toThrow(new RegExp(`^${path} cannot be read as CSV: .* line 3$`));
  });

  test.each([
    ['windows-1252', Buffer.from('name\r\nAmelia\r\nRen\xe9\r\nZo\xeb\r\n', 'latin1'), 3],
    ['utf-16', Buffer.from('\ufeffname\nAmelia\n', 'utf16le'), 1],
  ])('a list in %s is refused with the first line that is no UTF-8', (_, bytes, line) => {
    const read = () => readNamesIn(bytes);
    expect(read).toThrow(StartError);
    expect(read).toThrow(`${path} cannot be read as CSV: Line ${line} is not UTF-8. Save the file as UTF-8.`);
  });

  test('a missing file is named', () => {
    expect(() => readNames(pathToFileURL(path))).toThrow(`${path} cannot be read as CSV: ENOENT`);
  });
});
