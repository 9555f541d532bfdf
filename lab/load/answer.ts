import type { Answer } from './request.ts';

/** Who had a part in an answer, by service; and the person that it added. */
export type Served = {
  by: Record<string, { instance: string; version: string }>;
  added?: { id: number; name: string };
};

/** What is wrong with an answer, from its status and body to its sentence; the message says it. */
type Check = (answer: Answer, id: string) => Served;

const stepNames = ['service2', 'database', 'service3', 'service4'];

/** Checks no more than that the status is 200, for what has neither ids nor receipts. Throws a sentence. */
export const checkStatus: Check = answer => {
  expectStatus(answer, 200);
  return { by: {} };
};

/** Checks the page of a draw: whole, its own, its headline made of its facts. Throws a sentence that says what is wrong. */
export const checkPage: Check = (answer, id) => {
  expectStatus(answer, 200);
  const { body } = answer;
  if (!body.trimEnd().endsWith('</html>')) throw new Error('the page is not complete');
  expectId(answer, id, found(body, /Request <code>([^<]*)</));
  const [, hex, colour] = /fill="([^"]*)"\/><\/svg>([^<]*) <span>\1<\/span><\/dd>/.exec(body) ?? [];
  expectSentence(found(body, /<h1[^>]*>(.*?)<\/h1>/s), {
    person: found(body, /<a href="\/people\/\d+">(.*?)<\/a><\/dd>/s),
    car: found(body, /<dt>Car<\/dt><dd>(.*?)<\/dd>/s),
    colour: colour && textOf(colour),
    hex,
  });
  return { by: service1(answer) };
};

/** Checks a draw as JSON, with the receipt of its four steps. Throws a sentence that says what is wrong. */
export const checkDraw: Check = (answer, id) => {
  expectStatus(answer, 200);
  const { person, car, colour, sentence, receipt } = parse(answer.body);
  expectId(answer, id, receipt?.requestId);
  if (!Number.isInteger(person?.id)) throw wrong('person', person);
  expectSentence(sentence, { person: person.name, car, colour: colour?.name, hex: colour?.hex });
  const by = service1(answer);
  for (const name of stepNames) {
    const step = receipt.steps?.[name];
    if (!step || step.error) throw wrong(`step ${name}`, step);
    if (name !== 'database') by[name] = { instance: String(step.instance), version: String(step.version) };
  }
  return { by };
};

/** Gives the check of the answer to an added person, which throws a sentence that says what is wrong. */
export function checkAdded(expected: string): Check {
  return (answer, requestId) => {
    expectStatus(answer, 201);
    expectId(answer, requestId);
    const { id, name } = parse(answer.body);
    if (!Number.isInteger(id)) throw wrong('id', id);
    if (name !== expected) throw wrong('name', name);
    return { by: service1(answer), added: { id, name } };
  };
}

/** Whether an answer refuses the request for want of time, as it should: a 503 that says busy, when to come back, and the id. */
export function saysBusy({ status, headers, body }: Answer, id: string): boolean {
  const isWhole = /^\d+$/.test(headers['retry-after'] ?? '') && headers['x-request-id'] === id;
  return status === 503 && isWhole && /\bbusy\b/i.test(body);
}

/** A text of somebody else's as one line without markup, of at most 200 characters. */
export function lineOf(text: string): string {
  return textOf(text).replace(/\s+/g, ' ').trim().slice(0, 200);
}

function expectStatus({ status, headers, body }: Answer, expected: number): void {
  if (status === expected) return;
  const why = lineOf(problemIn(body));
  throw new Error(
    `answered ${status}${why && `: ${why.slice(0, 120)}`} (${headers['x-instance'] ?? 'no instance'})`,
  );
}

// A page that lacks a part says which beneath its headline, as the page of an error says what happened.
function problemIn(body: string): string {
  try {
    const { detail, title } = JSON.parse(body);
    return String(detail ?? title ?? '');
  } catch {
    const [, headline = '', parts, lead] =
      /<h1[^>]*>(.*?)<\/h1>\s*(?:<section.*?(<li>.*?)<\/ul>|<p[^>]*>(.*?)<\/p>)?/s.exec(body) ?? [];
    return parts ?? lead ?? (headline || body);
  }
}

/** Everything in an answer that names its request must name the one that was sent. */
function expectId({ headers }: Answer, id: string, inBody: unknown = id): void {
  for (const named of [headers['x-request-id'], inBody]) {
    if (named !== id) throw new Error(`it is the answer to another request: ${named ?? 'one without an id'}`);
  }
}

/** The rule of service 1, written anew: a mistake there must not hide itself. */
function expectSentence(
  sentence: unknown,
  facts: Record<'person' | 'car' | 'colour' | 'hex', unknown>,
): void {
  for (const [part, value] of Object.entries(facts)) {
    const isText = typeof value === 'string' && value.trim() !== '';
    if (!isText || /\b(undefined|null)\b|\[object/.test(value)) throw wrong(part, value);
  }
  const { person, car, colour, hex } = facts;
  if (!/^#[0-9a-f]{6}$/i.test(String(hex))) throw wrong('hex', hex);
  const article = /^[aeiou]/i.test(String(colour)) ? 'an' : 'a';
  if (sentence !== `${person} drives ${article} ${colour} ${car}.`) throw wrong('sentence', sentence);
}

function service1({ headers }: Answer): Served['by'] {
  const instance = headers['x-instance'];
  if (instance === undefined) return {};
  return { service1: { instance: String(instance), version: String(headers['x-version']) } };
}

/** What a pattern finds in a page, as text. */
function found(page: string, pattern: RegExp): string | undefined {
  const html = pattern.exec(page)?.[1];
  return html === undefined ? undefined : textOf(html);
}

function textOf(html: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return html
    .replace(/<[!/a-z][^>]*(>|$)/gi, '')
    .replace(
      /&(?:#(\d+)|(amp|lt|gt|quot|apos));/g,
      (_, code, name) => named[name] ?? String.fromCodePoint(code),
    );
}

// biome-ignore lint/suspicious/noExplicitAny: what came over the wire may be anything, and is checked above
function parse(body: string): Record<string, any> {
  try {
    return Object(JSON.parse(body));
  } catch (cause) {
    throw new Error(`the answer is no JSON: "${lineOf(body).slice(0, 80)}"`, { cause });
  }
}

function wrong(part: string, value: unknown): Error {
  return new Error(`the answer's ${part} is ${JSON.stringify(value)?.slice(0, 80) ?? 'missing'}`);
}
