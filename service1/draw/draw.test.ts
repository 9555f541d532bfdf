import { describe, expect, jest, test } from '@jest/globals';
import type { Answer } from '@motorpool/service/call.ts';
import { ServiceError } from '@motorpool/service/errors.ts';
import type { Person } from '../people/people.ts';
import { type Changes, fakeParts, stored } from '../test-parts.ts';
import { drawAgain, drawAnyone, type Parts, sentenceOf } from './draw.ts';

const mateo = { id: 6, name: 'Mateo' };
const amelia = { id: 7, name: 'Amelia' };
const fails = async (): Promise<never> => Promise.reject(new Error('ECONNREFUSED 10.0.0.7'));
const answer = <Value>(value: Value) => Promise.resolve({ value, instance: 'x', version: '1' });

/** A promise, and the function that keeps it. */
function promised<Value>() {
  let keep: (value: Value) => void = () => {};
  const promise = new Promise<Value>(resolve => {
    keep = resolve;
  });
  return { promise, keep };
}

describe('When everybody answers', () => {
  test('a draw has a person, a car, a colour, a sentence and a receipt of four steps', async () => {
    const { receipt, ...draw } = await drawAnyone(fakeParts());
    expect(draw).toEqual({
      person: { id: 7, name: 'Amelia' },
      car: 'hatchback',
      colour: { name: 'amber', hex: '#ffbf00' },
      sentence: 'Amelia drives an amber hatchback.',
      failures: [],
    });
    expect(Object.keys(receipt.steps).sort()).toEqual(['database', 'service2', 'service3', 'service4']);
    expect(receipt.steps.database).toMatchObject({ instance: 'db-1', version: 'MySQL 9', error: null });
  });

  test('the person is the one in the seat that service 2 drew, from as many seats as there are', async () => {
    const number = jest.fn((max: number, _deadline: number) => answer(max - 1));
    const inSeat = jest.fn(async (_seat: number) => stored({ person: mateo, seats: 250 }));
    const { person } = await drawAnyone(
      fakeParts({ people: { seats: async () => stored(250), inSeat }, remotes: { number } }),
    );
    expect(number.mock.calls[0]?.[0]).toBe(250);
    expect(inSeat.mock.calls[0]?.[0]).toBe(249);
    expect(person).toBe(mateo);
  });

  test('the car is asked for before the person is known, the colour only after', async () => {
    const coming = promised<Answer<{ person: Person; seats: number }>>();
    const car = jest.fn(() => answer('van'));
    const colour = jest.fn((_name: string) => answer({ name: 'maroon', hex: '#800000' }));
    const drawing = drawAnyone(
      fakeParts({ people: { inSeat: () => coming.promise }, remotes: { car, colour } }),
    );
    expect(car).toHaveBeenCalledTimes(1);
    expect(colour).not.toHaveBeenCalled();
    coming.keep(stored({ person: mateo, seats: 3 }));
    expect((await drawing).sentence).toBe('Mateo drives a maroon van.');
    expect(colour.mock.calls[0]?.[0]).toBe('Mateo');
  });

  test('the colour is asked for before the car is known', async () => {
    const coming = promised<Awaited<ReturnType<Parts['remotes']['car']>>>();
    const asked = promised<string>();
    const colour = (name: string) => {
      asked.keep(name);
      return answer({ name: 'amber', hex: '#ffbf00' });
    };
    const drawing = drawAnyone(fakeParts({ remotes: { car: () => coming.promise, colour } }));
    expect(await asked.promise).toBe('Amelia');
    coming.keep(await answer('van'));
    expect((await drawing).car).toBe('van');
  });

  test('every call has the same deadline, at most 1.6 seconds away', async () => {
    const number = jest.fn((_max: number, _deadline: number) => answer(1));
    const car = jest.fn((_deadline: number) => answer('van'));
    await drawAnyone(fakeParts({ remotes: { number, car } }));
    const [deadline] = car.mock.calls[0] ?? [];
    expect(number.mock.calls[0]?.[1]).toBe(deadline);
    expect(Number(deadline) - performance.now()).toBeLessThanOrEqual(1600);
  });
});

/** From how many seats service 2 is asked to draw, when these are found one after the other; the draw is Mateo. */
async function drawnFrom(
  seatsLately: number,
  ...found: { person: Person | null; seats: number }[]
): Promise<number[]> {
  const number = jest.fn((max: number) => answer(max));
  const inSeat = async () => stored(found.shift() ?? { person: null, seats: 0 });
  const parts = fakeParts({ people: { seatsLately: () => seatsLately, inSeat }, remotes: { number } });
  expect(await drawAnyone(parts)).toMatchObject({ person: mateo, failures: [] });
  return number.mock.calls.map(([max]) => max);
}

describe('When the seats are known from the draw before', () => {
  test('the person is read with one question', async () => {
    const seats = jest.fn(async () => stored(3));
    const inSeat = jest.fn(async () => stored({ person: mateo, seats: 3 }));
    await drawAnyone(fakeParts({ people: { seatsLately: () => 3, seats, inSeat } }));
    expect([seats.mock.calls.length, inSeat.mock.calls.length]).toEqual([0, 1]);
  });

  test('one of those that are left is drawn at once, though some have gone', async () => {
    expect(await drawnFrom(3, { person: mateo, seats: 2 })).toEqual([3]);
  });

  test('if some have come, there is another draw that they can win, with room for as many more', async () => {
    expect(await drawnFrom(3, { person: amelia, seats: 5 }, { person: mateo, seats: 5 })).toEqual([3, 7]);
  });
});

describe('When a seat is empty by the time it is read', () => {
  test('there is another draw, from the seats that there are then', async () => {
    expect(await drawnFrom(3, { person: null, seats: 2 }, { person: mateo, seats: 2 })).toEqual([3, 2]);
  });

  test('after ten empty seats the database is at fault', async () => {
    const inSeat = jest.fn(async () => stored({ person: null, seats: 3 }));
    const { failures } = await drawAnyone(fakeParts({ people: { inSeat } }));
    expect(inSeat).toHaveBeenCalledTimes(10);
    expect(failures).toMatchObject([{ part: 'database' }]);
  });

  test('with nobody there at all it is a 503 that says so', async () => {
    const draw = drawAnyone(fakeParts({ people: { seats: async () => stored(0) } }));
    await expect(draw).rejects.toThrow(ServiceError);
    await expect(draw).rejects.toMatchObject({ problem: { status: 503, title: 'There is nobody to draw' } });
  });
});

describe('When a part fails', () => {
  const whole = { person: { id: 7 }, car: 'hatchback', colour: { name: 'amber' } };
  const cases: [string, Changes, object][] = [
    ['service2', { remotes: { number: fails } }, { ...whole, person: null, colour: null }],
    ['database', { people: { seats: fails } }, { ...whole, person: null, colour: null }],
    ['service3', { remotes: { car: fails } }, { ...whole, car: null }],
    ['service4', { remotes: { colour: fails } }, { ...whole, colour: null }],
  ];
  test.each(cases)('without %s the draw has the parts that did answer', async (part, changes, expected) => {
    const draw = await drawAnyone(fakeParts(changes));
    expect(draw).toMatchObject({ ...expected, sentence: null });
    expect(draw.failures.map(failure => failure.part)).toEqual([part]);
  });

  test('two that fail are both named', async () => {
    const { failures } = await drawAnyone(fakeParts({ remotes: { car: fails, colour: fails } }));
    expect(failures.map(({ part }) => part).sort()).toEqual(['service3', 'service4']);
  });
});

describe('When a draw is drawn again', () => {
  test('it is that person in that car', async () => {
    const withId = jest.fn(async (_id: number) => stored(mateo));
    const draw = await drawAgain(fakeParts({ people: { withId } }), 6, 'van');
    expect(withId.mock.calls[0]?.[0]).toBe(6);
    expect(draw).toMatchObject({ person: mateo, car: 'van', sentence: 'Mateo drives an amber van.' });
    expect(draw.receipt.steps).not.toHaveProperty('service2');
  });

  test('an unknown person or car type is a 404', async () => {
    const nobody = drawAgain(fakeParts({ people: { withId: async () => stored(null) } }), 9, 'van');
    await expect(nobody).rejects.toMatchObject({ problem: { status: 404 } });
    await expect(nobody).rejects.toThrow('There is no person 9.');
    const tank = drawAgain(fakeParts(), 7, 'tank');
    await expect(tank).rejects.toMatchObject({ problem: { status: 404 } });
    await expect(tank).rejects.toThrow('There is no car type "tank". There are hatchback, van.');
  });

  test('a part that fails leaves the others', async () => {
    const draw = await drawAgain(fakeParts({ remotes: { cars: fails } }), 7, 'van');
    expect(draw).toMatchObject({ person: { id: 7 }, car: null, failures: [{ part: 'service3' }] });
  });
});

test.each([
  ['amber', 'an'],
  ['Emerald', 'an'],
  ['Azure', 'an'],
  ['blue', 'a'],
  ['yellow', 'a'],
])('a sentence says "%s" with "%s"', (name, article) => {
  expect(sentenceOf(mateo, 'van', { name, hex: '#000000' })).toBe(`Mateo drives ${article} ${name} van.`);
});
