import { answer } from '@motorpool/service/answer.ts';
import { capitalised } from '@motorpool/service/capitalised.ts';
import { type Problem, unavailable } from '@motorpool/service/errors.ts';
import { sendProblem } from '@motorpool/service/problem.ts';
import type { Route, ServiceBase } from '@motorpool/service/service.ts';
import type { Request, Response } from 'express';
import type { Pages } from '../pages.ts';
import { idOf } from '../people/id.ts';
import { type Draw, drawAgain, drawAnyone, type Parts } from './draw.ts';

/** The routes that draw: a fresh draw, and the same draw again. */
export function drawRoutes({ log }: ServiceBase, parts: Parts, pages: Pages): Route[] {
  return [
    ['get', '/', draw],
    ['get', '/draws/:personId/:carType', again],
  ];

  async function draw(request: Request, response: Response): Promise<void> {
    send(await drawAnyone(parts), request, response);
  }

  async function again(request: Request, response: Response): Promise<void> {
    const { personId, carType } = request.params;
    send(await drawAgain(parts, idOf(personId), String(carType)), request, response);
  }

  function send(drawn: Draw, request: Request, response: Response): void {
    const { person, car, colour, sentence, receipt, failures } = drawn;
    for (const failure of failures) log.warn({ err: failure }, failure.message);
    const problem = failures.length > 0 ? problemOf(drawn) : null;
    const permalink = person && car ? `/draws/${person.id}/${encodeURIComponent(car)}` : null;
    const html = () => pages.draw(drawn, permalink);
    response.setHeader('Cache-Control', 'no-store');
    if (problem) sendProblem(request, response, problem, html);
    else
      answer(request, response, {
        html,
        json: () => ({ person, car, colour, sentence, receipt }),
        text: () => `${sentence}\n`,
      });
  }
}

/** 503 that names the parts that failed, and gives those that answered. */
function problemOf({ person, car, colour, receipt, failures }: Draw): Problem {
  const named = failures.map(({ message }) => message).join(' and ');
  const detail = `${capitalised(named)}. Try again in a moment.`;
  const parts = failures.map(({ part, message }) => ({ part, message }));
  return unavailable(detail, { failures: parts, person, car, colour, receipt }).problem;
}
