import type { SchemaObject } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { Operation } from './paths.ts';
import { schemas } from './schemas.ts';

const anything = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }));

/** Requests for an operation: as it is described (`fits`), and as many that go beyond that in some part. */
export function requestsFor(template: string, { parameters, requestBody, responses }: Operation) {
  const forms = Object.values(responses).flatMap(one =>
    '$ref' in one ? [] : Object.keys({ ...one.content }),
  );
  const requiredKeys = parameters.filter(({ required }) => required).map(({ name }) => name);
  const given = (all: Record<string, string>, place: string) =>
    Object.entries(all).filter(([name]) => parameters.some(one => one.name === name && one.in === place));
  const pathFor = (all: Record<string, string>) =>
    template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(all[name])));

  return fc.boolean().chain(fits => {
    const value = (schema: SchemaObject) => (fits ? fitting(schema) : fc.oneof(fitting(schema), anything));
    const values = parameters.map(({ name, schema }) => [name, value(schema).map(textOf)]);
    const bodies = Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) =>
      value(schema).map(sent => ({ type, body: bodyOf(type, sent) })),
    );
    return fc
      .record({
        all: fc.record<Record<string, string>>(Object.fromEntries(values), { requiredKeys }),
        accept: fc.constantFrom('*/*', ...forms, ...(fits ? [] : ['image/png', 'application/problem+json'])),
        origin: fc.constantFrom({}, ...(fits ? [] : [{ Origin: 'http://other.test' }])),
        sent: fits && requestBody ? fc.oneof(...bodies) : fc.oneof(fc.constant(null), ...bodies),
      })
      .map(({ all, accept, origin, sent }) => ({
        fits,
        path: `${pathFor(all)}?${new URLSearchParams(given(all, 'query'))}`,
        headers: {
          ...Object.fromEntries(given(all, 'header').map(([name, text]) => [name, encodeURIComponent(text)])),
          ...{ ...origin, Accept: accept, ...(sent && { 'Content-Type': sent.type }) },
        },
        body: sent?.body,
      }));
  });
}

/** Values that a schema allows, its examples mostly. */
function fitting({ examples, ...schema }: SchemaObject): fc.Arbitrary<unknown> {
  if (schema.$ref) return fitting(Reflect.get(schemas, schema.$ref.replace(/.*\//, '')));
  if (examples) return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...examples) }, fitting(schema));
  if (schema.type === 'integer') return fc.integer({ min: schema.minimum, max: schema.maximum });
  if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern));
  if (schema.type === 'string')
    return fc.string({ unit: 'binary', minLength: schema.minLength, maxLength: schema.maxLength });
  const members = Object.entries<SchemaObject>(schema.properties).map(([name, one]) => [name, fitting(one)]);
  return fc.record(Object.fromEntries(members));
}

function bodyOf(type: string, value: unknown): string {
  if (type.endsWith('json')) return JSON.stringify(value);
  return String(new URLSearchParams(Object.entries(Object(value)).map(([name, one]) => [name, textOf(one)])));
}

function textOf(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
}
