import { expect, test } from '@jest/globals';
import { readSettings } from '@motorpool/service/settings.ts';
import fc from 'fast-check';
import { connectMysql } from '../service1/database/mysql.ts';
import { createPeople } from '../service1/people/people.ts';
import { declaration } from '../service1/settings.ts';
import { type FirstStart, prepareFirstStart } from './support/first-start.ts';
import { anyList } from './support/lists.ts';
import { describeWith } from './support/missing.ts';
import { startService } from './support/service.ts';
import { mysqlSettings } from './support/system.ts';
import { until } from './support/until.ts';
import { copyWithList } from './support/with-list.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const good = anyList.filter(list => 'people' in list && list.people.length > 0);
const patienceMs = 100_000; // two first starts, on a disk that others use too
const lists = fc.sample(good, { seed, numRuns: 10 });
/** What is in MySQL's folder when its first start is killed, before it is done again. */
const moments = ['.first-start-begun', 'mysql.ibd', 'motorpool', 'motorpool/seats.ibd', '.first-start-ended'];

describeWith(['mysqld'], `first starts with SEED=${seed}`, () => {
  test.each(lists.entries().toArray())(
    'MySQL and service 1 start for the first time, with list %d',
    async (index, list) => {
      const mysql = await prepareFirstStart();
      const moment = moments[index];
      if (moment) await startAndKill(mysql, moment);
      if (index === moments.length) await startOnFullDisk(mysql);
      const server = await mysql.start();
      const service = await startService('service1', {
        root: copyWithList(list.bytes),
        env: mysqlSettings(mysql.access),
      });
      expect(await namesIn(mysql)).toEqual('people' in list && list.people);
      await service.stop();
      server.signal('SIGKILL');
    },
    2 * patienceMs,
  );
});

async function startAndKill(mysql: FirstStart, moment: string): Promise<void> {
  const server = await mysql.start();
  await until(`${moment} was there`, () => mysql.has(moment), patienceMs);
  server.signal('SIGKILL');
  await server.exited;
}

async function startOnFullDisk(mysql: FirstStart): Promise<void> {
  const { code } = await (await mysql.start(10_000)).exited;
  expect([code === 0, mysql.has('.first-start-begun'), mysql.has('.first-start-ended')]).toEqual([
    false,
    true,
    false,
  ]);
}

async function namesIn({ access }: FirstStart): Promise<unknown[]> {
  const database = connectMysql(readSettings(declaration, mysqlSettings(access)));
  const people = createPeople(database);
  await until('the list was loaded', async () => (await people.loaded()) === null, patienceMs);
  const read = () => database.select('SELECT name FROM people ORDER BY id', [], performance.now() + 1000);
  const rows = await until('the people were read', read, patienceMs);
  await database.close();
  return rows.value.map(({ name }) => name);
}
