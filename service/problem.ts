import type { Request, Response } from 'express';
import { type Form, formOf } from './answer.ts';
import type { Problem } from './errors.ts';

/** Renders a problem as an HTML page. */
export type ProblemPage = (problem: Problem, requestId: string) => string;

/**
 * Answers with a problem in the form that the caller asked for: a page, application/problem+json (RFC 9457) or a
 * line of text. The request id is in each.
 */
export function sendProblem(
  request: Request,
  response: Response,
  problem: Problem,
  page?: ProblemPage,
): void {
  const requestId = response.get('X-Request-Id') ?? '';
  response.status(problem.status).set({
    Vary: 'Accept',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff', // what was asked for is quoted, and must stay a text
    ...problem.headers,
  });
  switch (problemFormOf(request, page !== undefined)) {
    case 'html':
      response.type('html').send(page?.(problem, requestId));
      return;
    case 'json':
      response.type('application/problem+json').send(JSON.stringify(problemJson(problem, requestId)));
      return;
    default:
      response.type('text').send(`${problem.title}: ${problem.detail} (request ${requestId})\n`);
  }
}

function problemJson({ status, title, detail, members }: Problem, requestId: string) {
  return { type: 'about:blank', status, title, detail, requestId, ...members };
}

function problemFormOf(request: Request, hasPage: boolean): Form {
  const preferred = formOf(
    request,
    hasPage
      ? ['html', 'json', 'application/problem+json', 'text']
      : ['text', 'json', 'application/problem+json'],
  );
  if (preferred === 'html') return 'html';
  return preferred === 'text' || preferred === false ? 'text' : 'json';
}
