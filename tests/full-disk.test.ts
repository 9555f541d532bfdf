import { spawnSync } from 'node:child_process';
import { expect, jest, test } from '@jest/globals';
import { fillMysql } from './support/filled.ts';
import { command, join, standingOf, startGroup } from './support/group.ts';
import { describeWith } from './support/missing.ts';
import { type Mysql, startMysql } from './support/mysql.ts';
import { send } from './support/send.ts';
import { moveToSmallDisk } from './support/small-disk.ts';
import { startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const patienceMs = 6000; // as long as NGINX waits
const mysqlLooksAgainMs = 60_000;
jest.setTimeout(240_000);

// A disk of its own needs root, which the agents of the pipelines are not.
const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

describeWith(['mysqld'], 'while the disk of the database is full', () => {
  (mayMount ? test : test.skip).each([
    ['a single server', startOne],
    ['the primary of a group', startThree],
  ])('of %s, adding answers 503 in time, draws go on, and there is room again for all', async (_, start) => {
    const { servers, disk } = await start();
    const [full] = servers;
    const access = await fillMysql(full);
    const { url } = await startSystem({
      mysql: { ...access, host: servers.map(({ host }) => host).join() },
    });
    const added: string[] = [];
    let number = 0;

    async function add(): Promise<number> {
      const [name, began] = [`Person ${++number}`, performance.now()];
      const headers = { 'Content-Type': 'application/json' };
      const body = JSON.stringify({ name });
      const { status } = await send(url, '/people', { method: 'POST', headers, body });
      expect(performance.now() - began).toBeLessThan(patienceMs);
      if (status === 201) added.push(name);
      return status;
    }
    const draw = async () => (await send(url, '/')).status;

    expect(await add()).toBe(201);
    disk.fill();
    await until('nobody could be added', async () => (await add()) === 503); // what a file has begun, it fills up
    for (let round = 0; round < 8; round += 1)
      expect(await Promise.all([add(), draw(), draw()])).toEqual([503, 200, 200]);
    disk.makeRoom();
    await until('somebody was added', async () => (await add()) === 201, 2 * mysqlLooksAgainMs);
    expect(await draw()).toBe(200);

    const rows = await command(full, `SELECT name FROM ${access.database}.people WHERE name LIKE 'Person %'`);
    const kept = rows.map(({ name }) => name);
    expect(kept).toEqual(expect.arrayContaining(added));
    expect(new Set(kept).size).toBe(kept.length);
  });
});

async function startOne() {
  const server = await startMysql('--log-bin=log', '--server-id=1');
  return { servers: [server] as [Mysql], disk: await moveToSmallDisk(server) };
}

async function startThree() {
  const servers = await startGroup();
  const disk = await moveToSmallDisk(servers[0]);
  await join(servers[0]);
  await command(servers[0], 'SELECT group_replication_set_as_primary(@@server_uuid)');
  expect(await standingOf(servers[0])).toBe('ONLINE PRIMARY');
  return { servers, disk };
}
