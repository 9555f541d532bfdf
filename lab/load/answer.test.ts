import { describe, expect, test } from '@jest/globals';
import { checkAdded, checkDraw, checkPage, checkStatus, lineOf, saysBusy } from './answer.ts';
import { drawFor, pageOf } from './test-target.ts';

const id = 'load-test-1';
const good = drawFor(id);
const page = pageOf(good);
const answerOf = (body: unknown, status = 200, headerId = id) => ({
  status,
  headers: { 'x-request-id': headerId, 'x-instance': 'one', 'x-version': '1.0' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** What the product itself would say of a person, a car and a colour. */
function drawOf(name: string, car: string, colour: { name: string; hex: string }, article = 'an') {
  const sentence = `${name} drives ${article} ${colour.name} ${car}.`;
  return { ...good, person: { id: 7, name }, car, colour, sentence };
}

test.each([good, drawOf('Zoë "O\'Neil" & <b>Sons</b>', 'van', { name: 'blue', hex: '#0000ff' }, 'a')])(
  'a good draw passes in both forms: $sentence',
  draw => {
    const service1 = { instance: 'one', version: '1.0' };
    expect(checkPage(answerOf(pageOf(draw)), id).by).toEqual({ service1 });
    const { service2, ...others } = checkDraw(answerOf(draw), id).by;
    expect(service2).toEqual({ instance: 'two', version: '2.0' });
    expect(Object.keys(others)).toEqual(['service1', 'service3', 'service4']);
  },
);

const amber = { name: 'amber', hex: '#ffbf00' };
const undefinedDraw = drawOf('undefined', 'undefined', { name: 'undefined', hex: 'undefined' });

test.each([
  ['nothing it is made of', undefinedDraw, /person is "undefined"/],
  ['an object', drawOf('Amelia', '[object Object]', amber), /car is "\[object Object\]"/],
  ['no colour', drawOf('Amelia', 'van', { name: 'null', hex: '#ffbf00' }, 'a'), /colour is "null"/],
  ['no hex', drawOf('Amelia', 'van', { name: 'amber', hex: 'amber' }), /hex is "amber"/],
  ['a wrong article', drawOf('Amelia', 'van', amber, 'a'), /sentence is "Amelia drives a amber van\."/],
  ['another car', { ...good, car: 'van' }, /sentence is "Amelia drives an amber hatchback\."/],
])('a sentence of %s fails in both forms', (_, draw, reason) => {
  expect(() => checkPage(answerOf(pageOf(draw)), id)).toThrow(reason);
  expect(() => checkDraw(answerOf(draw), id)).toThrow(reason);
});

describe('a draw that belongs to another request', () => {
  const foreign = drawFor('load-test-2');
  test.each([
    ['in its header', page, good, 'load-test-2'],
    ['in its receipt', pageOf(foreign), foreign, id],
  ])('%s fails in both forms', (_, itsPage, itsDraw, header) => {
    expect(() => checkPage(answerOf(itsPage, 200, header), id)).toThrow('another request: load-test-2');
    expect(() => checkDraw(answerOf(itsDraw, 200, header), id)).toThrow('another request: load-test-2');
  });

  test('fails for an added person too', () => {
    const answer = answerOf({ id: 11, name: 'Ada' }, 201, 'load-test-2');
    expect(() => checkAdded('Ada')(answer, id)).toThrow('another request');
  });
});

test.each([
  ['an empty page', checkPage, '', 200, 'the page is not complete'],
  ['half a page', checkPage, page.slice(0, -20), 200, 'the page is not complete'],
  ['half a draw', checkDraw, { ...good, car: undefined }, 200, "the answer's car is missing"],
  [
    'a failed step',
    checkDraw,
    { ...good, receipt: { requestId: id, steps: {} } },
    200,
    'service2 is missing',
  ],
  ['no JSON', checkDraw, '<h1>Oh <i>no', 200, 'the answer is no JSON: "Oh no"'],
  ['JSON for an error', checkDraw, { detail: 'It broke.' }, 500, 'answered 500: It broke. (one)'],
  ['nothing but a status', checkStatus, '', 404, 'answered 404 (one)'],
  ['a stranger', checkAdded('Ada'), { id: 11, name: 'Eve' }, 201, 'the answer\'s name is "Eve"'],
])('%s fails', (_, check, body, status, reason) => {
  expect(() => check(answerOf(body, status), id)).toThrow(reason);
});

test('a page that lacks a part fails with the words that it shows, without markup', () => {
  const failure = Object.assign(new Error('the colour service did not answer'), {
    part: 'service4' as const,
  });
  const gap = pageOf({ ...good, colour: null, sentence: null, failures: [failure] });
  expect(gap).toContain('<span class="gap">');
  expect(() => checkPage(answerOf(gap, 503), id)).toThrow(
    'answered 503: The colour service did not answer (service4). (one)',
  );
});

test('a line is one line of text, of at most 200 characters', () => {
  expect(lineOf('<h1>A &amp; <b class="x">B</b></h1>\n\n 1 < 2 &#39;n&#39; <span cla')).toBe(
    "A & B 1 < 2 'n'",
  );
  expect(lineOf('long '.repeat(100))).toHaveLength(200);
});

test('a refusal for want of time says busy, when to come back, and which request it was', () => {
  const refusal = answerOf({ title: 'Busy right now' }, 503);
  const headers = { ...refusal.headers, 'retry-after': '1' };
  expect(saysBusy({ ...refusal, headers }, id)).toBe(true);
  expect(saysBusy(refusal, id)).toBe(false);
  expect(saysBusy({ ...refusal, headers }, 'load-test-2')).toBe(false);
  expect(saysBusy({ ...refusal, headers, status: 500 }, id)).toBe(false);
  expect(saysBusy({ ...refusal, headers, body: 'The database did not answer.' }, id)).toBe(false);
});
