import type { Request, Response } from 'express';
import { type Form, formOf, types, write } from './answer.ts';
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
  const requestId = String(response.getHeader('X-Request-Id') ?? '');
  response.statusCode = problem.status;
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff'); // what was asked for is quoted, and must stay a text
  for (const [name, value] of Object.entries(problem.headers ?? {})) response.setHeader(name, value);
  const [type, text] = bodyOf(problem, requestId, problemFormOf(request, page !== undefined), page);
  write(response, type, text);
}

function bodyOf(
  problem: Problem,
  requestId: string,
  form: Form,
  page?: ProblemPage,
): [type: string, text: string] {
  switch (form) {
    case 'html':
      return [types.html, page?.(problem, requestId) ?? ''];
    case 'json':
      return ['application/problem+json; charset=utf-8', JSON.stringify(problemJson(problem, requestId))];
    default:
      return [types.text, `${problem.title}: ${problem.detail} (request ${requestId})\n`];
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
