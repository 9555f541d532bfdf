import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { StartError } from '@motorpool/service/start.ts';

/** Reads the car types from a file like cars.json; throws a StartError that says what is wrong with it. */
export function readCars(path: URL): string[] {
  const { cars } = JSON.parse(readFileSync(path, 'utf8'));
  if (isCarList(cars)) return cars;
  throw new StartError(
    `Expected ${path.pathname} to hold {"cars": [...]}, a list of different names of 1 to 40 characters.`,
  );
}

/** A random one of the cars, each equally likely. */
export function randomCar(cars: string[]): string {
  return cars[randomInt(cars.length)] ?? '';
}

function isCarList(cars: unknown): cars is string[] {
  if (!Array.isArray(cars) || cars.length === 0 || new Set(cars).size < cars.length) return false;
  return cars.every(car => typeof car === 'string' && car.length >= 1 && car.length <= 40);
}
