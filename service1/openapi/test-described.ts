import type { IncomingHttpHeaders } from 'node:http';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Answer } from './answers.ts';
import { describeApi } from './openapi.ts';
import type { Schema } from './schemas.ts';

/** What was asked for, and what came back. */
export type Exchange = {
  method: string;
  /** With its query, or whatever else was sent as an address. */
  path: string;
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
};

const { paths, components } = describeApi('1.2.3');
const templates = Object.entries(paths).map(([template, path]) => ({ pattern: patternOf(template), path }));
const ajv = new Ajv2020({ allowUnionTypes: true, allErrors: true, keywords: ['components'] });
const validators = new Map<Schema, ValidateFunction>();
const headerNames = new Set(
  Object.values(paths)
    .flatMap(({ get, post }) => [get, post].flatMap(operation => Object.values(operation?.responses ?? {})))
    .concat(Object.values(components.responses))
    .flatMap(response => ('headers' in response ? Object.keys(response.headers) : [])),
);

/** Throws, with all that is wrong, unless the description has this very answer: status, headers, form and body. */
export function expectDescribed(exchange: Exchange): void {
  const answer = answerTo(exchange);
  const wrong = answer ? [...wrongHeaders(exchange, answer), ...wrongBody(exchange, answer)] : ['the status'];
  if (wrong.length === 0) return;
  const { method, path, status } = exchange;
  throw new Error(
    `${method} ${path.slice(0, 200)} answered ${status}; not as described: ${wrong.join('; ')}.`,
  );
}

/** What is described for a status: of the operation, or, where there is none, of any address. */
function answerTo({ method, path, status }: Exchange): Answer | undefined {
  const address = path.startsWith('/') ? path : (URL.parse(path)?.pathname ?? path);
  const [pathname = ''] = address.split(/[?#]/);
  const found = templates.find(({ pattern }) => pattern.test(pathname))?.path;
  const operation = method === 'POST' ? found?.post : ['GET', 'HEAD'].includes(method) && found?.get;
  const answer = operation ? operation.responses[status] : components.responses[status];
  return answer && '$ref' in answer ? components.responses[status] : answer;
}

/** As Express matches: whatever the case, and with a slash at the end. */
function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replace('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}/?$`, 'i');
}

function wrongHeaders({ headers }: Exchange, answer: Answer): string[] {
  return [...headerNames].flatMap(name => {
    const value = headers[name.toLowerCase()];
    const described = answer.headers[name];
    if (value === undefined) return described?.required ? [`no ${name}`] : [];
    if (!described) return [`there is ${name}: ${value}`];
    const { schema } = described;
    return wrongValue(name, schema, schema.type === 'integer' ? Number(value) : String(value));
  });
}

function wrongBody({ method, headers, body }: Exchange, { content = {} }: Answer): string[] {
  const type = headers['content-type']?.split(';')[0] ?? '';
  const described = content[type];
  if (!described) return type === '' && body === '' ? [] : [`the form is ${type}`];
  if (method === 'HEAD') return body === '' ? [] : ['there is a body'];
  if (!type.endsWith('json')) return wrongValue('body', described.schema, body);
  try {
    return wrongValue('body', described.schema, JSON.parse(body));
  } catch {
    return [`the body is no JSON: ${body.slice(0, 200)}`];
  }
}

function wrongValue(what: string, schema: Schema, value: unknown): string[] {
  // With the components beside it, for what it refers to.
  const validate = validators.get(schema) ?? ajv.compile({ ...schema, components });
  validators.set(schema, validate);
  return validate(value) ? [] : [`${what} ${ajv.errorsText(validate.errors, { dataVar: '' })}`];
}
