import { ref, type Schema } from './schemas.ts';

/** A header of an answer. */
export type Header = { description: string; required: boolean; schema: Schema };

/** An answer: its headers, and its body in each form that it has. */
export type Answer = {
  description: string;
  headers: Record<string, Header>;
  content?: Record<string, { schema: Schema }>;
};

/** Where an answer is described that several operations have. */
export type AnswerRef = { $ref: string };

/** The headers of all that service 1 itself answers. */
const ofService1 = {
  'X-Request-Id': header('The id of the request, in every log.', ref('RequestId')),
  'Server-Timing': header('How long each part took, in milliseconds.', {
    type: 'string',
    pattern: 'total;dur=',
  }),
  'X-Instance': header('The replica that answered.', { type: 'string' }),
  'X-Version': header('Its version.', { type: 'string' }),
};

const retryAfter = { 'Retry-After': header('In so many seconds.', { type: 'integer', minimum: 1 }) };
const varies = { Vary: header('Forms differ by Accept.', { type: 'string', pattern: 'Accept\\b(?!-)' }) };

/** When a page is to be asked for again. */
export const renewed = optional({
  Refresh: header('A browser asks again.', { type: 'string', pattern: '^2$' }),
});

/** Where an added person is. */
export const location = {
  Location: header('The address of the person.', { type: 'string', pattern: '^/people/\\d+$' }),
};

/** How long an answer may be kept: one of these. */
export function kept(...values: string[]) {
  return { 'Cache-Control': header('How long it may be kept.', { type: 'string', enum: values }) };
}

/** An answer in one form, or in none. */
export function answer(
  description: string,
  content: Answer['content'],
  headers: Answer['headers'] = {},
): Answer {
  const vary = optional({ Vary: header('NGINX may compress it.', { type: 'string' }) });
  return { description, headers: { ...ofService1, ...vary, ...headers }, ...(content && { content }) };
}

/** A fresh answer in several forms, by what Accept prefers. */
export function negotiated(
  description: string,
  content: Answer['content'],
  more: Answer['headers'] = {},
): Answer {
  return answer(description, content, { ...varies, ...kept('no-store'), ...more });
}

/** A 200 in one form that may be kept for so long; `If-None-Match: *` makes it a 304, for there is something. */
export function inOneForm(description: string, type: string, schema: Schema, ...cacheControl: string[]) {
  const headers = kept(...cacheControl);
  return {
    200: answer(description, as(type, schema), headers),
    304: answer('It is there.', undefined, headers),
  };
}

/** A body of this type. */
export function as(type: string, schema: Schema) {
  return { [type]: { schema } };
}

/** What may be wrong, by status. NGINX says it too where it is marked so, without what only a replica can say. */
export const problemAnswers: Record<string, Answer> = {
  400: problem(400, 'The request makes no sense, or is no HTTP.', 'nginx'),
  403: problem(
    403,
    'A browser sent it from a page of another site, or it is not for this address.',
    undefined,
    renewed,
  ),
  404: problem(404, 'There is nothing here, or nobody.', 'nginx'),
  405: problem(405, 'Another method than those of this address.', 'nginx', {
    Allow: header('What is possible.', { type: 'string', pattern: '^GET, HEAD' }),
  }),
  406: problem(406, 'It has none of the forms in Accept.'),
  408: problem(408, 'The request took too long; NGINX hangs up instead.'),
  413: problem(413, 'The body is longer than 16 KB.', 'nginx'),
  414: problem(414, 'The address is longer than 8 KB.', 'nginx'),
  415: problem(415, 'The body is neither a form nor JSON, or not in UTF-8.'),
  417: problem(417, 'An expectation; NGINX leaves it out.'),
  422: problem(422, 'This cannot be a name. A browser gets its form back.'),
  429: problem(429, 'One address adds more than ten people a second.', 'nginx', retryAfter),
  431: problem(431, 'The headers are too long.', 'nginx'),
  500: problem(500, 'Our fault.', 'nginx'),
  501: problem(501, 'A transfer encoding that is not understood.', 'nginx'),
  503: problem(503, 'Busy, or a part does not answer.', 'nginx', { ...retryAfter, ...renewed }),
  505: problem(505, 'Another version than HTTP/1.1.', 'nginx'),
};

const everywhere = [400, 405, 408, 413, 414, 417, 431, 500, 501, 503, 505];

/** References to the problems with these statuses, and to those that are possible at every address. */
export function problems(...statuses: number[]): Record<string, AnswerRef> {
  const all = [...everywhere, ...statuses];
  return Object.fromEntries(all.map(status => [status, { $ref: `#/components/responses/${status}` }]));
}

/** A 503 with a body of its own, or the usual problem. */
export function unavailable(description: string, content: Answer['content']): Answer {
  const usual = problem(503, description, 'nginx', { ...retryAfter, ...optional(varies) });
  return { ...usual, content: { ...content, ...usual.content } };
}

function problem(status: number, description: string, by?: 'nginx', more: Answer['headers'] = {}): Answer {
  const json = { ...ref('Problem'), type: 'object', properties: { status: { const: status } } };
  const { 'X-Request-Id': id, ...ofReplica } = ofService1;
  const who = { 'X-Request-Id': id, ...(by ? optional(ofReplica) : ofReplica) };
  return {
    description,
    headers: { ...who, ...varies, ...kept('no-store'), ...more },
    content: {
      ...(status !== 406 && as('text/html', ref('Page'))), // who likes pages gets one
      ...as('application/problem+json', json),
      ...as('text/plain', ref('ProblemLine')),
    },
  };
}

function header(description: string, schema: Schema): Header {
  return { description, required: true, schema };
}

function optional(headers: Record<string, Header>): Record<string, Header> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, one]) => [name, { ...one, required: false }]),
  );
}
