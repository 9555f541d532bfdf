import {
  type Answer,
  type AnswerRef,
  answer,
  as,
  inOneForm,
  location,
  negotiated,
  problems,
  renewed,
  unavailable,
} from './answers.ts';
import { ref, type Schema } from './schemas.ts';

/** A part of a request that is not its body. */
export type Parameter = {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description: string;
  schema: Schema;
};

/** What can be asked for with one method at one address. */
export type Operation = {
  operationId: string;
  summary: string;
  parameters: Parameter[];
  requestBody?: { required: true; content: Record<string, { schema: Schema }> };
  responses: Record<string, Answer | AnswerRef>;
};

/** What there is at one address; HEAD is as GET. */
export type Path = { get: Operation; post?: Operation };

const requestId = parameter(
  'X-Request-Id',
  'header',
  'The id that the request shall have.',
  ref('RequestId'),
);
const before = { type: 'integer', minimum: 1, maximum: 999_999_999_999_999, examples: [51] };
const html = as('text/html', ref('Page'));
const json = (schema: string) => as('application/json', ref(schema));

const drawn = negotiated('A person, a car and a colour.', {
  ...html,
  ...json('Draw'),
  ...as('text/plain', { type: 'string', pattern: ' drives an? [\\s\\S]+\\.\\n$' }),
});

/** Every public address, and what it answers. A new one belongs here. */
export const paths: Record<string, Path> = {
  '/': get('draw', 'Draws a person, each equally likely, and gives them a car and a colour', {
    200: drawn,
    ...problems(406),
  }),
  '/draws/{personId}/{carType}': get(
    'drawAgain',
    'The same draw again, to bookmark or share',
    { 200: drawn, ...problems(404, 406) },
    parameter('personId', 'path', 'Who was drawn.', ref('Id')),
    parameter('carType', 'path', 'What they drive.', ref('Car')),
  ),
  '/people': {
    ...get(
      'listPeople',
      'Fifty people, newest first, and the form that adds one',
      { 200: negotiated('A page of people.', { ...html, ...json('People') }), ...problems(406) },
      parameter('before', 'query', 'The page of those with a lower id.', before),
    ),
    post: {
      operationId: 'addPerson',
      summary: 'Adds a person',
      parameters: [requestId],
      requestBody: {
        required: true,
        content: { ...json('NewPerson'), ...as('application/x-www-form-urlencoded', ref('NewPerson')) },
      },
      responses: {
        201: answer('The person, for JSON.', json('Person'), location),
        303: answer('To the new person, for a form.', undefined, location),
        ...problems(403, 415, 422, 429),
      },
    },
  },
  '/people/{id}': get(
    'showPerson',
    'One person, with a link that draws them',
    { 200: negotiated('The person.', { ...html, ...json('Person') }), ...problems(404, 406) },
    parameter('id', 'path', 'Who it is.', ref('Id')),
  ),
  '/fleet': get(
    'showFleet',
    'Who serves now, for the addresses that a setting names',
    {
      200: negotiated('Every replica of every service.', { ...html, ...json('Fleet') }, renewed),
      ...problems(403, 406),
    },
    parameter('still', 'query', 'Whatever it is, the page does not renew itself.', { type: 'string' }),
  ),
  '/health': get('health', 'Whether the process serves; it touches nothing else', {
    ...inOneForm('Who serves.', 'application/json', ref('Health'), 'no-store'),
    ...problems(),
  }),
  '/ready': get('ready', 'Whether a draw is possible now, and the state of each part that it needs', {
    ...inOneForm('A draw is possible.', 'application/json', ref('Readiness'), 'no-store'),
    ...problems(),
    503: unavailable('A draw is impossible now, or nobody answers.', json('Readiness')),
  }),
  '/style.css': get(
    'style',
    'The stylesheet of the pages; the one with the right hash may be kept for ever',
    {
      ...inOneForm('CSS.', 'text/css', { type: 'string' }, 'no-cache', 'public, max-age=31536000, immutable'),
      ...problems(),
    },
    parameter('v', 'query', 'The hash in the address on a page.', { type: 'string' }),
  ),
  '/favicon.svg': get('favicon', 'The icon of the pages', {
    ...inOneForm('A drawing.', 'image/svg+xml', { type: 'string' }, 'public, max-age=86400'),
    ...problems(),
  }),
  '/openapi.json': get('describe', 'This description', {
    ...inOneForm('OpenAPI 3.1.', 'application/json', { type: 'object' }, 'public, max-age=60'),
    ...problems(),
  }),
};

function get(
  operationId: string,
  summary: string,
  responses: Operation['responses'],
  ...parameters: Parameter[]
): Path {
  return { get: { operationId, summary, parameters: [requestId, ...parameters], responses } };
}

function parameter(name: string, place: Parameter['in'], description: string, schema: Schema): Parameter {
  return { name, in: place, required: place === 'path', description, schema };
}
