import { describe, expect, jest, test } from '@jest/globals';
import type { Database } from '../database/database.ts';
import { peopleNamed, stored } from '../test-parts.ts';
import { createPeople } from './people.ts';

/** The names in all seats, in the order of the seats. */
async function seatedIn(people: Awaited<ReturnType<typeof peopleNamed>>): Promise<(string | undefined)[]> {
  const seats = Array.from({ length: (await people.seats()).value }, (_, index) => index + 1);
  return Promise.all(seats.map(async seat => (await people.inSeat(seat)).value.person?.name));
}

describe('When people come and go', () => {
  test('every person has one seat, and the seats have no gap', async () => {
    const people = await peopleNamed(['Ann', 'Ben', 'Cem', 'Dan']);
    expect(await seatedIn(people)).toEqual(['Ann', 'Ben', 'Cem', 'Dan']);
    const [, second, third] = (await people.page()).people;
    await people.remove(Number(third?.id));
    expect(await seatedIn(people)).toEqual(['Ann', 'Dan', 'Cem']);
    await people.remove(Number(second?.id));
    await people.add('Eve');
    expect(await seatedIn(people)).toEqual(['Ann', 'Dan', 'Eve']);
  });

  test('the last person leaves no seat behind', async () => {
    const people = await peopleNamed(['Ann']);
    const { id } = await people.add('Ben');
    await people.remove(id);
    await people.remove(id - 1);
    expect((await people.seats()).value).toBe(0);
    expect((await people.inSeat(1)).value).toEqual({ person: null, seats: 0 });
    expect(await people.page()).toEqual({ people: [], next: null });
  });

  test('a person is found by the id that they were given', async () => {
    const people = await peopleNamed(['Ann']);
    const added = await people.add('Robert"); DROP TABLE people; --');
    expect((await people.withId(added.id)).value).toEqual(added);
    expect((await people.withId(added.id + 1)).value).toBeNull();
  });
});

describe('When the people are listed', () => {
  test.each([
    [50, [50]],
    [51, [50, 1]],
    [100, [50, 50]],
  ])('%d of them are on pages of %j, and the last has no next', async (count, sizes) => {
    const people = await peopleNamed(Array.from({ length: count }, (_, index) => `Person ${index}`));
    const seen: number[] = [];
    for (let before: number | undefined | null; before !== null; ) {
      const page = await people.page(before);
      seen.push(page.people.length);
      before = page.next;
    }
    expect(seen).toEqual(sizes);
  });
});

test('every question has a time limit of at most 1.5 seconds, and 4.5 where it may wait for an election', async () => {
  const select = jest.fn<Database['select']>(async () => stored([]));
  const insert = jest.fn<Database['insert']>(async () => 8);
  const insertTogether = jest.fn<Database['insertTogether']>(async () => {});
  const members = async () => [];
  const people = createPeople({ select, insert, insertTogether, members, close: async () => {} });
  await Promise.all([people.seats(), people.inSeat(1), people.withId(1), people.page(), people.loaded()]);
  await Promise.all([people.add('Ann'), people.addPart(0, ['Ann'])]);
  const calls = [...select.mock.calls, ...insert.mock.calls, ...insertTogether.mock.calls];
  const deadlines = calls.map(call => Number(call.at(-1)) - performance.now());
  expect(deadlines).toHaveLength(7);
  expect(deadlines.map(deadline => Math.ceil(deadline / 500) / 2)).toEqual([
    1.5, 1.5, 1.5, 1.5, 1.5, 4.5, 4.5,
  ]);
});
