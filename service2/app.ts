import { answer } from '@motorpool/service/answer.ts';
import type { CommonSettings } from '@motorpool/service/common-settings.ts';
import { createBase, createService, type Service } from '@motorpool/service/service.ts';
import type { Request, Response } from 'express';
import { randomNumber } from './number.ts';
import { rangeOf } from './range.ts';

/** Service 2: random numbers. */
export function createApp(settings: CommonSettings): Service {
  return createService(createBase('service2', settings), [['get', '/number', number]]);
}

function number(request: Request, response: Response): void {
  const { min, max } = rangeOf(request.query);
  const drawn = randomNumber(min, max);
  response.setHeader('Cache-Control', 'no-store');
  answer(request, response, { text: () => String(drawn), json: () => ({ number: drawn }) });
}
