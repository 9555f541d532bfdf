import type { CommonSettings } from '@motorpool/service/common-settings.ts';
import { createBase, createService, type Service } from '@motorpool/service/service.ts';
import type { Request, Response } from 'express';
import { randomCar, readCars } from './car.ts';

/** Service 3: car types, from cars.json. */
export function createApp(settings: CommonSettings): Service {
  const cars = readCars(new URL('cars.json', import.meta.url));

  return createService(createBase('service3', settings), [
    ['get', '/car', car],
    ['get', '/cars', list],
  ]);

  function car(_request: Request, response: Response): void {
    const drawn = randomCar(cars);
    response.set('Cache-Control', 'no-store').format({
      text: () => response.send(drawn),
      json: () => response.json({ car: drawn }),
    });
  }

  function list(_request: Request, response: Response): void {
    response.set('Cache-Control', 'no-store').format({
      text: () => response.send(cars.join('\n')),
      json: () => response.json({ cars }),
    });
  }
}
