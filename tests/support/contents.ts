import type { Connection, RowDataPacket } from 'mysql2/promise';

/** All that is in a database of MySQL's and what the user of the same name may do, without the database's name. */
export async function contentsOf(admin: Connection, database: string) {
  const query = async (sql: string) => (await admin.query<RowDataPacket[]>(sql))[0];
  await admin.query(`USE ${database}; SET SESSION information_schema_stats_expiry = 0`);
  const definitions = ['people', 'seats', 'seat_count', 'schema_version', 'list_parts'].map(name =>
    query(`SHOW CREATE TABLE ${name}`),
  );
  const grants = (await query(`SHOW GRANTS FOR ${database}`)).flatMap(row => Object.values(row));
  return {
    tables: (await Promise.all(definitions)).flat(),
    triggers: await query(
      `SELECT TRIGGER_NAME, ACTION_STATEMENT, ACTION_TIMING, EVENT_MANIPULATION FROM information_schema.TRIGGERS
       WHERE TRIGGER_SCHEMA = '${database}' ORDER BY TRIGGER_NAME`,
    ),
    people: await query('SELECT * FROM people ORDER BY id'),
    seats: await query('SELECT * FROM seats ORDER BY seat'),
    seatCount: await query('SELECT * FROM seat_count'),
    version: await query('SELECT * FROM schema_version'),
    listParts: await query('SELECT * FROM list_parts ORDER BY names_before'),
    grants: grants.map(grant => String(grant).replaceAll(database, 'motorpool')).sort(),
  };
}
