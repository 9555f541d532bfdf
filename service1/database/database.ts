import type { Answer } from '@motorpool/service/call.ts';

/** A row of a SELECT, by the names of its columns. */
export type Row = Record<string, unknown>;

/** A server of the database; `role` is null where it is of no group, and in one of which it is out. */
export type DatabaseMember = {
  address: string;
  instance: string | null;
  version: string | null;
  role: 'primary' | 'secondary' | null;
  isUp: boolean;
};

/** An INSERT with its values. */
export type Insert = [sql: string, values: (string | number)[]];

/** What the people are kept in: MySQL, or the embedded SQLite file. */
export type Database = {
  /**
   * The rows of a SELECT, and who gave them; one whose connection breaks may be tried again until `deadline`
   * (performance.now()).
   */
  select(sql: string, values: (string | number)[], deadline: number): Promise<Answer<Row[]>>;
  /** Does an INSERT and gives the new row's id, once it is on disk; one that comes too late is undone. */
  insert(sql: string, values: (string | number)[], deadline: number): Promise<number>;
  /** Does several INSERTs, all of them or none; ones that come too late are undone. */
  insertTogether(inserts: Insert[], deadline: number): Promise<void>;
  /** All who are the database, as far as they can be found by then. */
  members(deadline: number): Promise<DatabaseMember[]>;
  close(): Promise<void>;
};

/** The database did not do what it was asked; the message says why, for logs only. */
export class DatabaseError extends Error {}
