import type { Metrics } from '@motorpool/service/metrics.ts';
import { inSpan } from '@motorpool/service/trace.ts';
import type { Database } from './database.ts';

/** The same database, with every question to it counted and timed for Prometheus as a call to the target `database`. */
export function timed(database: Database, { calls }: Metrics): Database {
  async function time<Value>(sql: string, work: () => Promise<Value>): Promise<Value> {
    const began = performance.now();
    const facts = { 'server.address': 'database', 'db.query.text': sql };
    const observe = (outcome: string) => {
      calls.observe({ target: 'database', outcome }, (performance.now() - began) / 1000);
    };
    return inSpan(sql.split(' ', 1).join(), facts, work).then(
      value => {
        observe('ok');
        return value;
      },
      error => {
        observe('error');
        throw error;
      },
    );
  }

  return {
    ...database,
    select: (sql, values, deadline) => time(sql, () => database.select(sql, values, deadline)),
    insertTogether: (inserts, deadline) => time('INSERT', () => database.insertTogether(inserts, deadline)),
    insert: (sql, values, deadline) => time(sql, () => database.insert(sql, values, deadline)),
  };
}
