/** A JSON Schema, 2020-12. */
export type Schema = Record<string, unknown>;

const id: Schema = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, examples: [1] };
const car: Schema = { type: 'string', minLength: 1, maxLength: 100, examples: ['hatchback'] };
const text: Schema = { type: 'string', minLength: 1 };
const textOrNull: Schema = { type: ['string', 'null'] };
const numberOrNull: Schema = { type: ['number', 'null'], minimum: 0 };
const name: Schema = { type: 'string', minLength: 1, maxLength: 100, examples: ['Amelia'] };
const milliseconds: Schema = { type: 'number', minimum: 0 };
const role: Schema = { enum: ['primary', 'secondary', null] };
const parts = ['service2', 'database', 'service3', 'service4'];

/** What goes over the wire, by name. An answer has no members that are not described. */
export const schemas = {
  Id: id,
  Car: car,
  RequestId: { type: 'string', pattern: '^[A-Za-z0-9._-]{8,128}$' },
  Page: { type: 'string', pattern: '^<!doctype html>[\\s\\S]*</html>\\s*$' },
  NewPerson: {
    type: 'object',
    properties: { name },
    required: ['name'],
    description:
      'A name counts in NFC and without blanks at both ends. It has no control characters, and some ink.',
  },
  Person: closed({ id: ref('Id'), name }),
  People: closed({
    people: { type: 'array', items: ref('Person') },
    next: { type: ['string', 'null'], pattern: '^/people\\?before=\\d+$', description: 'The next page.' },
  }),
  Colour: closed({ name: text, hex: { type: 'string', pattern: '^#[0-9A-Fa-f]{6}$' } }),
  Step: closed({
    instance: textOrNull,
    version: textOrNull,
    startedAt: { ...milliseconds, description: 'Milliseconds since the draw began.' },
    milliseconds,
    error: { ...textOrNull, description: 'Why it failed.' },
  }),
  Receipt: {
    ...closed({ requestId: ref('RequestId'), steps: closed(each(ref('Step')), parts) }),
    description: 'How a draw came about: who did each step, and how long it took.',
  },
  Draw: closed({
    person: ref('Person'),
    car: ref('Car'),
    colour: ref('Colour'),
    sentence: { type: 'string', pattern: ' drives an? [\\s\\S]+\\.$' },
    receipt: ref('Receipt'),
  }),
  Health: closed(
    {
      status: { const: 'ok' },
      service: { const: 'service1' },
      instance: text,
      version: text,
      revision: text,
      node: text,
    },
    ['node'],
  ),
  Replica: closed(
    {
      service: text,
      address: text,
      node: textOrNull,
      instance: textOrNull,
      version: textOrNull,
      state: { type: 'string', enum: ['serving', 'busy', 'draining', 'silent'] },
      upSeconds: numberOrNull,
      requestsPerSecond: numberOrNull,
      p99Milliseconds: numberOrNull,
      refusedPerSecond: numberOrNull,
      role: { ...role, description: 'Of a member of a group of databases.' },
    },
    ['role'],
  ),
  Fleet: closed({
    sampledAt: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$' },
    services: {
      type: 'array',
      items: closed({ service: text, answered: { type: 'integer', minimum: 0 }, wanted: numberOrNull }),
    },
    replicas: { type: 'array', items: ref('Replica') },
    note: text,
  }),
  PartState: closed(
    {
      state: { type: 'string', enum: ['up', 'down', 'empty'] },
      milliseconds,
      members: {
        type: 'array',
        description: 'Of the database.',
        items: closed({ instance: textOrNull, role, state: { type: 'string', enum: ['up', 'down'] } }),
      },
    },
    ['members'],
  ),
  Readiness: closed({ ready: { type: 'boolean' }, parts: closed(each(ref('PartState'))) }),
  Failure: closed({ part: { type: 'string', enum: parts }, message: text }),
  Problem: {
    ...closed(
      {
        type: { const: 'about:blank' },
        status: { type: 'integer' },
        title: text,
        detail: text,
        requestId: ref('RequestId'),
        failures: { type: 'array', items: ref('Failure') },
        person: orNull(ref('Person')),
        car: orNull(ref('Car')),
        colour: orNull(ref('Colour')),
        receipt: ref('Receipt'),
      },
      ['failures', 'person', 'car', 'colour', 'receipt'],
    ),
    description: 'RFC 9457. Of a draw that failed in part, it has the parts that did answer.',
  },
  ProblemLine: { type: 'string', pattern: '^[^:]+: [\\s\\S]+ \\(request [A-Za-z0-9._-]{8,128}\\)\\n$' },
} satisfies Record<string, Schema>;

/** The schema with this name. */
export function ref(schema: string): Schema {
  return { $ref: `#/components/schemas/${schema}` };
}

function closed(properties: Record<string, Schema>, optional: string[] = []): Schema {
  const required = Object.keys(properties).filter(property => !optional.includes(property));
  return { type: 'object', properties, required, additionalProperties: false };
}

function each(schema: Schema): Record<string, Schema> {
  return Object.fromEntries(parts.map(part => [part, schema]));
}

function orNull(schema: Schema): Schema {
  return { oneOf: [schema, { type: 'null' }] };
}
