import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readDataFile } from './data-file.ts';
import { StartError } from './start.ts';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'data file ')), 'rules.json');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

function readFileWith(content: string | Buffer) {
  writeFileSync(path, content);
  return readDataFile(pathToFileURL(path));
}

test('a file gives its path, its text and its members', () => {
  const text = '{"cars": ["van"]}';
  expect(readFileWith(text)).toEqual({ path, text, members: { cars: ['van'] } });
});

test('a byte order mark before it does not count', () => {
  const text = '{"cars": ["van"]}';
  expect(readFileWith(`\ufeff${text}`)).toEqual({ path, text, members: { cars: ['van'] } });
});

test('a file that is no UTF-8 is named with the line', () => {
  const read = () => readFileWith(Buffer.from('{\n  "cars": ["coup\xe9"]\n}', 'latin1'));
  expect(read).toThrow(StartError);
  expect(read).toThrow(`${path} cannot be read as JSON: Line 2 is not UTF-8. Save the file as UTF-8.`);
});

test('a missing file is named', () => {
  const read = () => readDataFile(pathToFileURL(path));
  expect(read).toThrow(StartError);
  expect(read).toThrow(`${path} cannot be read as JSON: ENOENT`);
});

test.each(['', '{"cars":', '# cars'])('a file with `%s` is named as no JSON', content => {
  expect(() => readFileWith(content)).toThrow(StartError);
  expect(() => readFileWith(content)).toThrow(`${path} cannot be read as JSON: `);
});

test.each(['null', '7', '"cars"', '[]'])('%s has no members', content => {
  expect(readFileWith(content).members.cars).toBeUndefined();
});
