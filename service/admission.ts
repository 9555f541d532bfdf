import type { RequestHandler } from 'express';
import type { Problem } from './errors.ts';
import { createLimit } from './limit.ts';
import { type ProblemPage, sendProblem } from './problem.ts';
import type { Route, ServiceBase } from './service.ts';

/** What whoever finds no place is told. */
export const busy: Problem = {
  status: 503,
  title: 'Busy right now',
  detail: 'More is asked than can be answered in time. Try again in a second.',
  headers: { 'Retry-After': '1' },
};

/**
 * The same routes with one limit on all of them together: whoever finds no place gets a 503 that says busy. `kind` is
 * their name in the metrics. A place is given back when the work is done, not when the client hangs up.
 */
export function limited(kind: string, { metrics }: ServiceBase, page: ProblemPage, routes: Route[]): Route[] {
  const limit = createLimit();

  function limitedHandler(handle: RequestHandler): RequestHandler {
    return async (request, response, next) => {
      const place = await limit.enter();
      if (!place) {
        metrics.refused.inc({ kind });
        return sendProblem(request, response, busy, page);
      }
      let isGood = false;
      try {
        await handle(request, response, next);
        isGood = response.statusCode < 500;
      } finally {
        limit.leave(place, isGood);
        metrics.allowed.set({ kind }, limit.allowed());
      }
    };
  }

  return routes.map(([method, path, ...handlers]) => [
    method,
    path,
    ...handlers.slice(0, -1),
    ...handlers.slice(-1).map(limitedHandler),
  ]);
}
