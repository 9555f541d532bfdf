import type { Answer } from '@motorpool/service/call.ts';
import { notFound, ServiceError } from '@motorpool/service/errors.ts';
import type { People, Person } from '../people/people.ts';
import { beginReceipt, PartError, type Receipt } from './receipt.ts';
import type { Colour, Remotes } from './remotes.ts';

/** A person with a car in a colour; what is null did not answer, and is among the failures. */
export type Draw = {
  person: Person | null;
  car: string | null;
  colour: Colour | null;
  sentence: string | null;
  receipt: Receipt;
  failures: PartError[];
};

/** Whom a draw asks. */
export type Parts = { people: People; remotes: Remotes };

const patienceMs = 1600;

/** Draws a person, each equally likely, and gives them a random car. Throws 503 when there are no people. */
export function drawAnyone({ people, remotes }: Parts): Promise<Draw> {
  const deadline = performance.now() + patienceMs;
  const { receipt, time } = beginReceipt(deadline);

  async function person(): Promise<Person> {
    // Asked for only at first, and while there is nobody: after that each draw learns it with its person.
    let seats = people.seatsLately() || (await ask(() => people.seats(deadline)));
    for (let triesLeft = 10; triesLeft > 0; triesLeft -= 1) {
      if (seats === 0) throw nobody();
      const { value: seat } = await time('service2', () => remotes.number(seats, deadline));
      const found = await ask(() => people.inSeat(seat, deadline));
      // Each of the seats that are still there was as likely. One that has come since was not: then there is another
      // draw, with room for as many to come again.
      const come = Math.max(0, found.seats - seats);
      if (come === 0 && found.person) return found.person;
      seats = found.seats + come;
    }
    throw new PartError(
      'database',
      new Error('Ten seats in turn were empty: do seats and people still agree?'),
    );
  }

  async function ask<Value>(work: () => Promise<Answer<Value>>): Promise<Value> {
    return (await time('database', work)).value;
  }

  async function car(): Promise<string> {
    return (await time('service3', () => remotes.car(deadline))).value;
  }

  return put(receipt, person(), car(), ({ name }) => time('service4', () => remotes.colour(name, deadline)));
}

/** Draws a given person and car again. Throws 404 when there is no such person or car. */
export function drawAgain({ people, remotes }: Parts, id: number, type: string): Promise<Draw> {
  const deadline = performance.now() + patienceMs;
  const { receipt, time } = beginReceipt(deadline);

  async function person(): Promise<Person> {
    const { value } = await time('database', () => people.withId(id, deadline));
    if (value) return value;
    throw notFound(`There is no person ${id}. The list of people is at /people.`);
  }

  async function car(): Promise<string> {
    const { value: cars } = await time('service3', () => remotes.cars(deadline));
    if (cars.includes(type)) return type;
    throw notFound(`There is no car type "${type}". There are ${cars.join(', ')}.`);
  }

  return put(receipt, person(), car(), ({ name }) => time('service4', () => remotes.colour(name, deadline)));
}

/** Puts a draw together from its parts, of which the colour waits for the person. */
async function put(
  receipt: Receipt,
  personComing: Promise<Person>,
  carComing: Promise<string>,
  colourOf: (person: Person) => Promise<Answer<Colour>>,
): Promise<Draw> {
  const colourComing = personComing.then(colourOf).then(({ value }) => value);
  const failures: PartError[] = [];
  const [person, car, colour] = await Promise.all([
    personComing.catch(note),
    carComing.catch(note),
    colourComing.catch(note),
  ]);
  const sentence = person && car && colour ? sentenceOf(person, car, colour) : null;
  return { person, car, colour, sentence, receipt, failures };

  function note(error: unknown): null {
    if (!(error instanceof PartError)) throw error;
    if (!failures.includes(error)) failures.push(error);
    return null;
  }
}

/** "Amelia drives an amber hatchback." */
export function sentenceOf(person: Person, car: string, colour: Colour): string {
  return `${person.name} drives ${articleOf(colour)} ${colour.name} ${car}.`;
}

/** "an" before amber and Azure, "a" before blue and before a colour that nobody knows. */
export function articleOf(colour: Colour | null): string {
  return colour && /^[aeiou]/i.test(colour.name) ? 'an' : 'a';
}

function nobody(): ServiceError {
  return new ServiceError({
    status: 503,
    title: 'There is nobody to draw',
    detail: 'The list of people is empty. Add a person at /people, then draw again.',
    headers: { 'Retry-After': '10' },
  });
}
