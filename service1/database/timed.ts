import type { Metrics } from '@motorpool/service/metrics.ts';
import type { Database } from './database.ts';

/** The same database, with every question to it counted and timed for Prometheus as a call to the target `database`. */
export function timed(database: Database, { calls }: Metrics): Database {
  async function time<Value>(work: Promise<Value>): Promise<Value> {
    const began = performance.now();
    const observe = (outcome: string) => {
      calls.observe({ target: 'database', outcome }, (performance.now() - began) / 1000);
    };
    return work.then(
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
    select: (sql, values, deadline) => time(database.select(sql, values, deadline)),
    insertTogether: (inserts, deadline) => time(database.insertTogether(inserts, deadline)),
    insert: (sql, values, deadline) => time(database.insert(sql, values, deadline)),
  };
}
