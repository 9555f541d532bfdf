import { randomInt } from 'node:crypto';
import { readDataFile } from '@motorpool/service/data-file.ts';
import { StartError } from '@motorpool/service/start.ts';

/** Reads the car types from a file like cars.json; throws a StartError that says what is wrong with it. */
export function readCars(url: URL): string[] {
  const { path, members } = readDataFile(url);
  const { cars } = members;
  if (isCarList(cars)) return cars;
  throw new StartError(
    `Expected ${path} to hold {"cars": [...]}, a list of different names of 1 to 40 characters.`,
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
