import type { Answer } from '@motorpool/service/call.ts';
import type { Database, Insert, Row } from '../database/database.ts';

/** One person. */
export type Person = { id: number; name: string };

/** A page of people, newest first. */
export type PeoplePage = {
  people: Person[];
  /** The id before which the next page begins; null on the last one. */
  next: number | null;
};

/** Who sits in a seat, null if it is nobody's; and how many seats there are. */
type Seated = { person: Person | null; seats: number };

/** The people, in whichever database. Each of these throws a DatabaseError when the database fails or is too late. */
export type People = ReturnType<typeof createPeople>;

const pageSize = 50;
/** How long a question about people may take, in milliseconds. */
export const patienceMs = 1500;
const addPatienceMs = 4500; // an election takes a while; less than NGINX waits for it
const inSeatSql = `SELECT seats, id, name FROM (SELECT MAX(seat) AS seats FROM seats) AS taken
  LEFT JOIN seats ON seat = ? LEFT JOIN people ON id = person_id`;

/** The people of a database. All the SQL of service 1 is here; it runs on MySQL and on SQLite. */
export function createPeople(database: Database) {
  let seatsLately = 0;

  async function inSeat(seat: number, deadline = soon()): Promise<Answer<Seated>> {
    const { value, ...who } = await database.select(inSeatSql, [seat], deadline);
    const [row = {}] = value;
    seatsLately = Number(row.seats ?? 0);
    return { value: { person: row.id == null ? null : personOf(row), seats: seatsLately }, ...who };
  }

  return {
    members: (deadline = soon()) => database.members(deadline),
    close: database.close,

    /** How many seats there are; they are numbered from 1 without gaps, with a person in each (see schema.sql). */
    async seats(deadline = soon()): Promise<Answer<number>> {
      const { value, ...who } = await inSeat(1, deadline);
      return { value: value.seats, ...who };
    },

    /** How many there were when a seat was last looked at; 0 if none ever was. */
    seatsLately: () => seatsLately,

    /** The person in a seat, null if there is none; and how many seats there are at that same moment. */
    inSeat,

    /** The person with an id; null if there is none. */
    async withId(id: number, deadline = soon()): Promise<Answer<Person | null>> {
      const sql = 'SELECT id, name FROM people WHERE id = ?';
      const { value, ...who } = await database.select(sql, [id], deadline);
      return { value: value[0] ? personOf(value[0]) : null, ...who };
    },

    /** The newest people, or the newest of those with an id below `before`. */
    async page(before = Number.MAX_SAFE_INTEGER): Promise<PeoplePage> {
      const sql = `SELECT id, name FROM people WHERE id < ? ORDER BY id DESC LIMIT ${pageSize + 1}`;
      const people = (await database.select(sql, [before], soon())).value.map(personOf);
      const last = people.length > pageSize ? people[pageSize - 1] : undefined;
      return { people: people.slice(0, pageSize), next: last?.id ?? null };
    },

    /** Adds a person, and gives them once they are on disk. */
    async add(name: string): Promise<Person> {
      const sql = 'INSERT INTO people (name) VALUES (?)';
      return { id: await database.insert(sql, [name], soon(addPatienceMs)), name };
    },

    /** How many names of db/people.csv are loaded; null if there is nothing left to load. */
    async loaded(): Promise<number | null> {
      const sql = 'SELECT MAX(names_before + names) AS loaded, MIN(names) AS least FROM list_parts';
      const [row] = (await database.select(sql, [], soon())).value;
      return row?.least === 0 ? null : Number(row?.loaded ?? 0);
    },

    /** Adds the part of db/people.csv after so many names, unless it has been added; the part of none is its end. */
    addPart(before: number, names: string[]): Promise<void> {
      const part: Insert = [
        'INSERT INTO list_parts (names_before, names) VALUES (?, ?)',
        [before, names.length],
      ];
      const people: Insert = [`INSERT INTO people (name) VALUES ${names.map(() => '(?)').join()}`, names];
      return database.insertTogether(names.length > 0 ? [part, people] : [part], soon(addPatienceMs));
    },
  };
}

function soon(milliseconds = patienceMs): number {
  return performance.now() + milliseconds;
}

function personOf({ id, name }: Row): Person {
  return { id: Number(id), name: String(name) };
}
