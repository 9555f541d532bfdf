import { createServer } from 'node:net';
import { expect, jest, test } from '@jest/globals';
import { loadFor, startLoad } from '../lab/load/load.ts';
import { startDns } from './support/dns.ts';
import { fillMysql } from './support/filled.ts';
import { freePort } from './support/free-port.ts';
import { describeWith } from './support/missing.ts';
import { type Mysql, startMysqlAt } from './support/mysql.ts';
import { startSystem } from './support/system.ts';
import { until } from './support/until.ts';

jest.setTimeout(60_000);

describeWith(
  ['mysqld'],
  'a single MySQL that is killed and comes back at another address, as in a Swarm',
  () => {
    test('fails what is asked meanwhile before NGINX would, and is used again', async () => {
      const port = await freePort();
      const [mysql, other] = await Promise.all(
        ['127.0.0.1', '127.0.0.6'].map(host => startMysqlAt(host, port)),
      );
      await fillMysql(other as Mysql);
      const dns = await startDns();
      dns.addresses.set('db', ['127.0.0.1']);
      const system = await startSystem({
        mysql: { ...(await fillMysql(mysql as Mysql)), host: 'db' },
        overrides: { service1: dns.settings },
      });
      const load = await startLoad({ targets: [system.url], perSecond: 30, postsPerSecond: 8 });
      await until('five people are added', async () => (await load.progress()).added >= 5);
      await mysql?.kill();
      // Nobody is there any more who would greet.
      const gone = createServer(socket => void setTimeout(() => socket.destroy(), 500));
      gone.listen(port, '127.0.0.1').unref();
      dns.addresses.set('db', []);
      await loadFor(3, { targets: [system.url], perSecond: 1 });
      dns.addresses.set('db', ['127.0.0.6']);
      const { ok } = await load.progress();
      await until('draws work', async () => (await load.progress()).ok > ok + 100);
      const { failures } = await load.stop();
      expect(failures.filter(({ status, reason }) => status !== 503 || !/database/i.test(reason))).toEqual(
        [],
      );
      expect(failures.filter(({ after }) => after > 2500)).toEqual([]);
      expect((await loadFor(2, { targets: [system.url], perSecond: 20 })).failures).toEqual([]);
    });
  },
);
