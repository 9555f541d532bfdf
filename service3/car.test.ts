import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { StartError } from '@motorpool/service/start.ts';
import { randomCar, readCars } from './car.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cars ü '));
});
afterEach(() => rmSync(folder, { recursive: true }));

function fileWith(content: string): URL {
  const path = join(folder, 'cars.json');
  writeFileSync(path, content);
  return pathToFileURL(path);
}

describe('When the file of cars is read', () => {
  test('the types are those in it', () => {
    expect(readCars(fileWith('{"cars": ["van", "Döschwo"]}'))).toEqual(['van', 'Döschwo']);
  });

  test('the one that comes with the service is right', () => {
    expect(readCars(new URL('cars.json', import.meta.url)).length).toBeGreaterThan(9);
  });

  test.each([
    '{}',
    '[]',
    'null',
    '{"cars": []}',
    '{"cars": "van"}',
    '{"cars": ["van", "van"]}',
    '{"cars": ["van", ""]}',
    '{"cars": ["van", 7]}',
    `{"cars": ["${'x'.repeat(41)}"]}`,
  ])('%s is refused, with the name of the file and what it should hold', content => {
    const read = () => readCars(fileWith(content));
    expect(read).toThrow(StartError);
    expect(read).toThrow(`Expected ${folder}/cars.json to hold {"cars": [...]}, a list of different names`);
  });
});

describe('When a car is drawn', () => {
  test('every type is equally likely', () => {
    const cars = readCars(new URL('cars.json', import.meta.url));
    const counts = new Map(cars.map(car => [car, 0]));
    for (let i = 0; i < 1000 * cars.length; i += 1) {
      const car = randomCar(cars);
      counts.set(car, (counts.get(car) ?? 0) + 1);
    }
    expect(counts.size).toBe(cars.length);
    // Seven standard deviations: a fair draw exceeds them once in some ten thousand million runs.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(7 * Math.sqrt(1000));
  });

  test('the only type is always drawn', () => {
    expect(randomCar(['van'])).toBe('van');
  });
});
