import { capitalised } from './capitalised.ts';

/** What a caller may be told of an error. */
export type Problem = {
  status: number;
  /** What happened, in a few words. */
  title: string;
  /** What happened and what to do next, in sentences. */
  detail: string;
  /** Further members of the answer in JSON (RFC 9457, section 3.2). */
  members?: Record<string, unknown>;
  headers?: Record<string, string>;
};

/** The only class of error whose text may reach a caller. */
export class ServiceError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail, options);
    this.name = 'ServiceError';
    this.problem = problem;
  }
}

/** 400: the request makes no sense as it is; the sentence says what was expected. */
export function badRequest(detail: string): ServiceError {
  return new ServiceError({ status: 400, title: 'This request makes no sense', detail });
}

/** 404: there is nothing here; the sentence says what was looked for. */
export function notFound(detail: string): ServiceError {
  return new ServiceError({ status: 404, title: 'Not found', detail });
}

/** 503: a part that is needed did not answer; the caller may try again after a second. */
export function unavailable(
  detail: string,
  members?: Record<string, unknown>,
  cause?: unknown,
): ServiceError {
  return new ServiceError(
    {
      status: 503,
      title: 'Something we need does not answer',
      detail,
      headers: { 'Retry-After': '1' },
      ...(members && { members }),
    },
    { cause },
  );
}

/** What the caller may know of any error: our own as they are, a reader's complaints as 4xx, all else as a plain 500. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ServiceError) return error.problem;
  if (error instanceof URIError)
    return badRequest('The address or the form is not valid percent-encoded UTF-8.').problem;
  if (isReaderError(error))
    return { status: error.status, title: 'This request cannot be read', detail: sentence(error.message) };
  return {
    status: 500,
    title: 'This is our fault',
    detail: 'Something went wrong on our side. Try again; if it stays so, report the request id.',
  };
}

// Express' body readers mark what may be shown with `expose`; an AxiosError has a status too, but the *upstream's*.
function isReaderError(error: unknown): error is Error & { status: number } {
  if (!(error instanceof Error) || !('status' in error) || !('expose' in error)) return false;
  return (
    error.expose === true && typeof error.status === 'number' && error.status >= 400 && error.status < 500
  );
}

function sentence(message: string): string {
  return capitalised(message.endsWith('.') ? message : `${message}.`);
}
