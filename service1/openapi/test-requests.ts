import fc from 'fast-check';
import type { Operation } from './paths.ts';
import { type Schema, schemas } from './schemas.ts';

/** A request; `fits`: all of it is as the description allows. */
export type DescribedRequest = {
  fits: boolean;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
};

/** What the description's own schemas of requests are made of. */
type Known = {
  $ref?: string;
  type?: string;
  examples?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  properties?: Record<string, Schema>;
};

const anything = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }));

/** Requests for an operation as it is described, and as many that go beyond that in some part. */
export function requestsFor(template: string, operation: Operation): fc.Arbitrary<DescribedRequest> {
  const { parameters, requestBody, responses } = operation;
  const forms = Object.values(responses).flatMap(one =>
    '$ref' in one ? [] : Object.keys(one.content ?? {}),
  );
  const placed = (given: Record<string, string>, place: string) =>
    parameters.filter(one => one.in === place && one.name in given).map(({ name }) => [name, given[name]]);
  return fc.boolean().chain(fits => {
    const value = (schema: Schema) => (fits ? fitting(schema) : fc.oneof(fitting(schema), anything));
    const texts = parameters.map(({ name, schema }) => [name, value(schema).map(textOf)]);
    const requiredKeys = parameters.filter(({ required }) => required).map(({ name }) => name);
    const given: fc.Arbitrary<Record<string, string>> = fc.record(Object.fromEntries(texts), {
      requiredKeys,
    });
    const bodies = Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) =>
      value(schema).map(sent => ({ type, body: bodyOf(type, sent) })),
    );
    const body = fc.oneof(...bodies, ...(fits && bodies.length > 0 ? [] : [fc.constant(null)]));
    const accept = fc.constantFrom('*/*', ...forms, ...(fits ? [] : ['image/png']));
    return fc.tuple(given, body, accept).map(([all, sent, Accept]) => ({
      fits,
      path: `${template.replace(/\{(\w+)\}/g, (_, name) => String(all[name]))}?${placed(all, 'query')
        .map(pair => pair.join('='))
        .join('&')}`,
      headers: {
        ...Object.fromEntries(placed(all, 'header')),
        Accept,
        ...(sent && { 'Content-Type': sent.type }),
      },
      body: sent?.body,
    }));
  });
}

/** Values that a schema allows, its examples among them. */
function fitting(schema: Schema): fc.Arbitrary<unknown> {
  const {
    $ref,
    type,
    examples = [],
    pattern,
    properties,
    minimum,
    maximum,
    minLength,
    maxLength,
  } = schema as Known;
  if ($ref) return fitting(Reflect.get(schemas, $ref.replace(/.*\//, '')));
  if (type === 'object')
    return fc.record(
      Object.fromEntries(Object.entries(properties ?? {}).map(([name, one]) => [name, fitting(one)])),
    );
  const some: fc.Arbitrary<unknown> =
    type === 'integer'
      ? fc.integer({ min: minimum, max: maximum })
      : pattern
        ? fc.stringMatching(new RegExp(pattern))
        : fc.string({ unit: 'binary', minLength, maxLength });
  return examples.length > 0
    ? fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...examples) }, { weight: 1, arbitrary: some })
    : some;
}

function bodyOf(type: string, sent: unknown): string {
  if (type.endsWith('json')) return JSON.stringify(sent);
  return Object.entries(Object(sent))
    .map(pair => pair.map(textOf).join('='))
    .join('&');
}

/** Percent-encoded, as an address, a form and a header may carry it. */
function textOf(value: unknown): string {
  return encodeURIComponent((typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed());
}
