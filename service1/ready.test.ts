import { describe, expect, test } from '@jest/globals';
import { checkReadiness } from './ready.ts';
import { fakeParts, stored } from './test-parts.ts';

const { remotes } = fakeParts();
const down = async () => Promise.reject(new Error('down'));

describe('When every part answers', () => {
  test('service 1 is ready, and each part is up', async () => {
    const { ready, parts } = await checkReadiness(fakeParts());
    expect(ready).toBe(true);
    expect(Object.keys(parts)).toEqual(['service2', 'database', 'service3', 'service4']);
    for (const part of Object.values(parts))
      expect(part).toMatchObject({ state: 'up', milliseconds: expect.any(Number) });
    const { members } = parts.database;
    expect(members).toEqual([{ instance: 'db-1', role: null, state: 'up' }]);
  });
});

describe('When a part does not answer', () => {
  test.each(['service2', 'service3', 'service4'] as const)('without %s it is not ready', async name => {
    const healths = (deadline: number) => ({ ...remotes.healths(deadline), [name]: down });
    const { ready, parts } = await checkReadiness(fakeParts({ remotes: { healths } }));
    expect(ready).toBe(false);
    const states = Object.entries(parts).map(([part, { state }]) => `${part} ${state}`);
    expect(states.filter(state => state.endsWith('down'))).toEqual([`${name} down`]);
  });

  test('without the database it is not ready', async () => {
    const { ready, parts } = await checkReadiness(fakeParts({ people: { seats: down } }));
    expect([ready, parts.database.state]).toEqual([false, 'down']);
  });

  test('without people it is not ready, for there is nobody to draw', async () => {
    const { ready, parts } = await checkReadiness(fakeParts({ people: { seats: async () => stored(0) } }));
    expect([ready, parts.database.state]).toEqual([false, 'empty']);
  });
});

test('all parts are asked at once', async () => {
  const asked: string[] = [];
  let answerAll = () => {};
  const everyone = new Promise<void>(resolve => {
    answerAll = resolve;
  });
  // Nobody answers before all four are asked: in turn, they would wait for each other for ever.
  const ask = (part: string) => async () => {
    if (asked.push(part) === 4) answerAll();
    await everyone;
    return { value: 'ok', instance: null, version: null };
  };
  const people = { seats: () => ask('database')().then(() => stored(1)) };
  const healths = () => ({ service2: ask('service2'), service3: ask('service3'), service4: ask('service4') });
  expect((await checkReadiness(fakeParts({ people, remotes: { healths } }))).ready).toBe(true);
});
