/** An INSERT with its values. */
export type Insert = [sql: string, values: (string | number)[]];

/** What the people are kept in: MySQL, or the embedded SQLite file. */
export type Database = {
  /** The rows of a SELECT; one whose connection breaks may be tried again until `deadline` (performance.now()). */
  select(sql: string, values: (string | number)[], deadline: number): Promise<Record<string, unknown>[]>;
  /** Does an INSERT and gives the new row's id, once it is on disk; one that comes too late is undone. */
  insert(sql: string, values: (string | number)[], deadline: number): Promise<number>;
  /** Does several INSERTs, all of them or none; ones that come too late are undone. */
  insertTogether(inserts: Insert[], deadline: number): Promise<void>;
  /** Who answers: the database server's own name and version, as far as they are known yet. */
  identity(): { instance: string | null; version: string | null };
  close(): Promise<void>;
};

/** The database did not do what it was asked; the message says why, for logs only. */
export class DatabaseError extends Error {}
