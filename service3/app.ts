import { answer } from '@motorpool/service/answer.ts';
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

  function car(request: Request, response: Response): void {
    const drawn = randomCar(cars);
    response.setHeader('Cache-Control', 'no-store');
    answer(request, response, { text: () => drawn, json: () => ({ car: drawn }) });
  }

  function list(request: Request, response: Response): void {
    response.setHeader('Cache-Control', 'no-store');
    answer(request, response, { text: () => cars.join('\n'), json: () => ({ cars }) });
  }
}
