import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { StartError } from '@motorpool/service/start.ts';
import { colourOf, readRules } from './colour.ts';

const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const original = new URL('colours.json', import.meta.url);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'colours '));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Reads the colours that come with the service, with a change in the file. */
function readRulesWith(change: (content: ReturnType<typeof JSON.parse>) => unknown) {
  const content = JSON.parse(readFileSync(original, 'utf8'));
  change(content);
  const path = join(folder, 'colours.json');
  writeFileSync(path, JSON.stringify(content));
  return readRules(pathToFileURL(path));
}

describe('When a name has a letter', () => {
  test.each(alphabet)('%s has a colour whose name begins with it', letter => {
    const colour = colourOf(letter, readRules(original));
    expect(colour).toEqual({
      letter,
      name: expect.stringMatching(new RegExp(`^${letter.toLowerCase()}[a-z]+$`)),
      hex: expect.stringMatching(/^#[0-9a-f]{6}$/),
    });
    expect(colourOf(letter.toLowerCase(), readRules(original))).toEqual(colour);
  });

  test('no two letters have the same colour', () => {
    const rules = readRules(original);
    const colours = [...alphabet.map(letter => colourOf(letter, rules)), rules.fallback];
    expect(new Set(colours.map(({ name }) => name)).size).toBe(27);
    expect(new Set(colours.map(({ hex }) => hex)).size).toBe(27);
  });

  test.each([
    ['Amelia', 'amber'],
    ['Ольга', 'olive'],
    ['李娜', 'lime'],
    ['محمد', 'maroon'],
    ['Γιώργος', 'green'],
    ['Þórunn', 'turquoise'],
    ['zanele', 'zaffre'],
  ])('%s is %s', (name, colour) => {
    expect(colourOf(name, readRules(original)).name).toBe(colour);
  });
});

test.each(['', '007', '🎉'])('the name "%s", which has no letter, has the fallback colour', name => {
  expect(colourOf(name, readRules(original))).toEqual({ letter: null, name: 'black', hex: '#000000' });
});

describe('When somebody edits the file', () => {
  test('the colours and the entity tag are those of the edited one', () => {
    const rules = readRulesWith(({ letters }) => {
      letters.A = { name: 'Azure', hex: '#f0ffff' };
    });
    expect(colourOf('Amelia', rules)).toEqual({ letter: 'A', name: 'Azure', hex: '#f0ffff' });
    expect(rules.etag).toMatch(/^W\/"[\w-]{16}"$/);
    expect(rules.etag).not.toBe(readRules(original).etag);
    expect(readRules(original).etag).toBe(readRules(original).etag);
  });

  test.each([
    undefined,
    null,
    'mauve',
    {},
    { name: 'mauve' },
    { name: 'blue', hex: '#e0b0ff' },
    { name: 'mauve', hex: 'red' },
  ])('M cannot be %j: the letter and the file are named', colour => {
    const read = () => readRulesWith(({ letters }) => Object.assign(letters, { M: colour }));
    expect(read).toThrow(StartError);
    expect(read).toThrow(`Expected ${folder}/colours.json to give M a name that begins with it`);
  });

  test('a fallback without a hex is named', () => {
    expect(() => readRulesWith(content => Object.assign(content, { fallback: { name: 'black' } }))).toThrow(
      `Expected ${folder}/colours.json to give a "fallback" colour with a name and a hex.`,
    );
  });

  test.each(['{}', '[]', 'null'])('a file with %s gives A no colour', content => {
    writeFileSync(join(folder, 'colours.json'), content);
    expect(() => readRules(pathToFileURL(join(folder, 'colours.json')))).toThrow(/to give A a name/);
  });
});
