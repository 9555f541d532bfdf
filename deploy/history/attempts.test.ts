import { beforeEach, expect, test } from '@jest/globals';
import { DeployError } from '../report.ts';
import { testSwarm } from '../swarm/test-swarm.ts';
import { isHalfMade, type Outcome, readAttempts, recorded } from './attempts.ts';

const listed = 'GET /configs?filters={"label":["motorpool.attempt-of=motorpool"]}';
const { engine } = testSwarm();

beforeEach(() => {
  const Spec = { Name: 'motorpool_attempt_1', Labels: { kept: 'yes' } };
  engine.answers = {
    [listed]: [],
    'GET /configs/motorpool_attempt_1': { ID: 'id1', Version: { Index: 7 }, Spec },
    'POST /configs/': { ID: 'id1' },
    DELETE: null,
  };
});

/** What was written: the outcome that was created, and those that it was changed to. */
function outcomes(): string[] {
  return engine.requests
    .filter(request => request.startsWith('POST'))
    .map(request => `${/"motorpool\.attempt\.outcome":"([^"]*)"/.exec(request)?.[1]}`);
}

const fail = (error: Error) =>
  recorded('motorpool', '1.1', async touch => touch().then(() => Promise.reject(error)));

test('before the first change the swarm knows that something is under way, and afterwards how it ended', async () => {
  await recorded('motorpool', '1.1', async touch => {
    await touch();
    expect(outcomes()).toEqual(['under way']);
  });
  expect(outcomes()).toEqual(['under way', 'ran well']);
  const [update] = engine.requests.filter(request =>
    request.startsWith('POST /configs/id1/update?version=7'),
  );
  expect(update).toContain('"kept":"yes"'); // an engine takes the labels as a whole
});

test.each<[string, Error, Outcome]>([
  ['that was put back', new DeployError('✗ service1 is ill', { isPutBack: true }), 'put back'],
  ['that could not be put back', new DeployError('✗ service1 is ill'), 'half-made'],
  ['that nobody expected', new TypeError('undefined'), 'half-made'],
])('a failure %s is remembered as such, with its cause, and is thrown', async (_how, error, outcome) => {
  await expect(fail(error)).rejects.toBe(error);
  expect(outcomes()).toEqual(['under way', outcome]);
  expect(engine.requests.at(-1)).toContain(JSON.stringify(error.message).slice(1, -1));
});

test('an attempt that is refused before the first change is remembered too', async () => {
  await expect(recorded('motorpool', '1.1', () => Promise.reject(new DeployError('no')))).rejects.toThrow(
    'no',
  );
  expect(outcomes()).toEqual(['untouched']);
});

test('where nothing was to change, nothing is remembered', async () => {
  expect(await recorded('motorpool', '1.1', () => Promise.resolve('well'))).toBe('well');
  expect(engine.requests).toEqual([]);
});

test('ten attempts are kept, by their numbers', async () => {
  const numbers = Array.from({ length: 10 }, (_, index) => index + 2);
  engine.answers[listed] = numbers.map(attemptOf);
  await recorded('motorpool', '1.1', touch => touch()).catch(() => {});
  expect(engine.requests).toContainEqual(expect.stringContaining('"Name":"motorpool_attempt_12"'));
  expect(engine.requests.filter(request => request.startsWith('DELETE'))).toEqual([
    'DELETE /configs/motorpool_attempt_2',
  ]);
});

test('of eleven attempts the oldest that touched nothing is forgotten first', async () => {
  const refused = attemptOf(5);
  refused.Spec.Labels['motorpool.attempt.outcome'] = 'untouched';
  engine.answers[listed] = [2, 3, 4, 6, 7, 8, 9, 10, 11].map(attemptOf).concat(refused);
  await recorded('motorpool', '1.1', touch => touch());
  expect(engine.requests.filter(request => request.startsWith('DELETE'))).toEqual([
    'DELETE /configs/motorpool_attempt_5',
  ]);
});

test('an attempt that touched nothing leaves a half-made stack half-made', () => {
  const outcomes: Outcome[] = ['ran well', 'half-made', 'untouched', 'untouched'];
  const attempts = outcomes.map((outcome, number) => ({ ...attempt, number, outcome }));
  expect(isHalfMade(attempts)).toBe(true);
});

test.each<[Outcome, boolean]>([
  ['under way', true],
  ['half-made', true],
  ['put back', false],
  ['untouched', false],
  ['ran well', false],
])('after an attempt that is %s the stack is half-made: %s', async (outcome, expected) => {
  const last = attemptOf(11);
  last.Spec.Labels['motorpool.attempt.outcome'] = outcome;
  engine.answers[listed] = [last, attemptOf(2)];
  expect(isHalfMade(await readAttempts('motorpool'))).toBe(expected);
});

const attempt = { what: '1.1', who: 'Ann', since: '', cause: '' };

function attemptOf(number: number) {
  const Labels: Record<string, string> = {
    'motorpool.attempt': `${number}`,
    'motorpool.attempt.outcome': 'ran well',
  };
  return { Spec: { Name: `motorpool_attempt_${number}`, Labels } };
}
