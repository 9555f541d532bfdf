import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { startLoad } from '../lab/load/load.ts';
import { lostOf } from '../lab/load/lost.ts';
import { fillMysql } from './support/filled.ts';
import { describeWith } from './support/missing.ts';
import { startMysql } from './support/mysql.ts';
import { type Environment, startService } from './support/service.ts';
import { mysqlSettings } from './support/system.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { until } from './support/until.ts';

const kills = 20;

describe('with the embedded database', () => {
  test('no person that was answered with 201 is lost, however often service 1 is killed', async () => {
    await expectAllKept({ DB_FILE: join(temporaryFolder('kept').path, 'people.sqlite') });
  });
});

describeWith(['mysqld'], 'with MySQL', () => {
  test('no person that was answered with 201 is lost, however often service 1 is killed', async () => {
    await expectAllKept(mysqlSettings(await fillMysql(await startMysql())));
  });
});

async function expectAllKept(env: Environment): Promise<void> {
  let service = await startService('service1', { env });
  const { port, url } = service;
  const load = await startLoad({ targets: [url], postsPerSecond: 200 });
  for (let kill = 1; kill <= kills; kill += 1) {
    const enough = (await load.progress()).added + kill;
    await until('some were added', async () => (await load.progress()).added >= enough);
    service.kill('SIGKILL');
    await service.exited;
    service = await startService('service1', { port, env });
  }
  const { added } = await load.stop();
  expect(added.length).toBeGreaterThan((kills * kills) / 2);
  expect(await lostOf(url, added)).toEqual([]);
  await service.stop();
}
