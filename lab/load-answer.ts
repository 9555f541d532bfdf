import type { Answer } from './load-request.ts';

/** Who had a part in an answer, by service; and the person that it added. */
export type Served = {
  by: Record<string, { instance: string; version: string }>;
  added?: { id: number; name: string };
};

const stepNames = ['service2', 'database', 'service3', 'service4'];

/** Checks the page of a draw: its sentence as headline, and complete. Throws a sentence that says what is wrong. */
export function checkPage(answer: Answer): Served {
  expectStatus(answer, 200);
  const headline = /<h1[^>]*>(.*?)<\/h1>/s.exec(answer.body)?.[1]?.replace(/<[^>]*>/g, '');
  if (!headline) throw new Error('the page has no headline');
  if (!/\S drives an? \S+ .*\.$/s.test(headline)) throw new Error(`the page's headline is "${headline}"`);
  if (!answer.body.trimEnd().endsWith('</html>')) throw new Error('the page is not complete');
  return { by: service1(answer) };
}

/** Checks a draw as JSON, with the receipt of its four steps. Throws a sentence that says what is wrong. */
export function checkDraw(answer: Answer): Served {
  expectStatus(answer, 200);
  const { person, car, colour, sentence, receipt } = parse(answer.body);
  if (!Number.isInteger(person?.id) || typeof person.name !== 'string') throw wrong('person', person);
  if (typeof car !== 'string' || !car) throw wrong('car', car);
  if (typeof colour?.name !== 'string' || typeof colour.hex !== 'string') throw wrong('colour', colour);
  if (typeof sentence !== 'string' || !sentence.startsWith(`${person.name} drives a`)) {
    throw wrong('sentence', sentence);
  }
  const by = service1(answer);
  for (const name of stepNames) {
    const step = receipt?.steps?.[name];
    if (!step || step.error) throw wrong(`step ${name}`, step);
    if (name !== 'database') by[name] = { instance: String(step.instance), version: String(step.version) };
  }
  return { by };
}

/** Checks the answer to an added person. Throws a sentence that says what is wrong. */
export function checkAdded(answer: Answer, expected: string): Served {
  expectStatus(answer, 201);
  const { id, name } = parse(answer.body);
  if (!Number.isInteger(id)) throw wrong('id', id);
  if (name !== expected) throw wrong('name', name);
  return { by: service1(answer), added: { id, name } };
}

function expectStatus({ status, headers, body }: Answer, expected: number): void {
  if (status === expected) return;
  const title = /"(?:detail|title)":\s*"([^"]*)"|<h1[^>]*>(.*?)<\/h1>/s.exec(body);
  const why = title ? `: ${title[1] ?? title[2]}` : '';
  const from = headers['x-instance'] ?? 'no instance';
  throw new Error(`answered ${status}${why} (${from}, request ${headers['x-request-id'] ?? 'without id'})`);
}

function service1({ headers }: Answer): Served['by'] {
  const instance = headers['x-instance'];
  if (instance === undefined) return {};
  return { service1: { instance: String(instance), version: String(headers['x-version']) } };
}

// biome-ignore lint/suspicious/noExplicitAny: what came over the wire may be anything, and is checked above
function parse(body: string): Record<string, any> {
  try {
    return Object(JSON.parse(body));
  } catch (cause) {
    throw new Error(`the answer is no JSON: "${body.slice(0, 80)}"`, { cause });
  }
}

function wrong(part: string, value: unknown): Error {
  return new Error(`the answer's ${part} is ${JSON.stringify(value)?.slice(0, 80) ?? 'missing'}`);
}
