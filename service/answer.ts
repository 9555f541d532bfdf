import type { Request, Response } from 'express';
import { ServiceError } from './errors.ts';

/** The forms that an answer may have. */
export type Form = 'html' | 'json' | 'text';

/** The media types of the forms. */
export const types: Record<Form, string> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json; charset=utf-8',
  text: 'text/plain; charset=utf-8',
};

/**
 * Answers in the form that the caller likes best, the first one if all are the same; only that body is made. What is
 * not text becomes JSON. Throws 406 if the caller likes none.
 * Unlike Express' `format` and `send` it weighs each Accept once, and header and body are written together.
 */
export function answer(
  request: Request,
  response: Response,
  bodies: Partial<Record<Form, () => unknown>>,
): void {
  const offered = Object.keys(bodies) as Form[];
  const form = formOf(request, offered);
  if (!form) throw notAcceptable(offered);
  const body = bodies[form]?.();
  const text = typeof body === 'string' && form !== 'json' ? body : JSON.stringify(body);
  write(response, types[form], text);
}

/** Ends a response, whose form was chosen by Accept, with a body of this type. */
export function write(response: Response, type: string, text: string): void {
  response.setHeader('Vary', 'Accept');
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', Buffer.byteLength(text)); // Node reckons only that of what it sends
  response.end(text);
}

// Browsers and services send the same few over and over, and to weigh one takes as long as to answer.
const weighed = new Map<string, string | false>();
const mostWeighed = 1000;
const longestWeighed = 500;

/** The one of the forms or media types that the caller likes best, the first one if all are the same; false: none. */
export function formOf<Offered extends string>(request: Request, offered: Offered[]): Offered | false {
  const key = `${offered.join()} ${request.headers.accept}`;
  const known = weighed.get(key);
  if (known !== undefined) return known as Offered | false;
  const form = request.accepts(offered) as Offered | false;
  if (weighed.size >= mostWeighed) weighed.clear();
  if (key.length <= longestWeighed) weighed.set(key, form);
  return form;
}

function notAcceptable(offered: Form[]): ServiceError {
  return new ServiceError({
    status: 406,
    title: 'There is no such form of this',
    detail: `Accept one of ${offered.map(form => types[form].split(';')[0]).join(', ')}.`,
  });
}
