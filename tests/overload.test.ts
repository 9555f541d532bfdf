import { setTimeout as pause } from 'node:timers/promises';
import { expect, jest, test } from '@jest/globals';
import type { Response } from 'express';
import { loadFor } from '../lab/load/load.ts';
import { overload } from '../lab/load/overload.ts';
import { limited } from '../service/admission.ts';
import { commonSettings } from '../service/common-settings.ts';
import { createBase, createService } from '../service/service.ts';
import { readSettings } from '../service/settings.ts';
import { fillMysql } from './support/filled.ts';
import { freePort } from './support/free-port.ts';
import { describeWith } from './support/missing.ts';
import { startMysql } from './support/mysql.ts';
import { startNginx } from './support/nginx.ts';
import { startReplica } from './support/replica.ts';
import { send } from './support/send.ts';
import { startSystem } from './support/system.ts';

jest.setTimeout(600_000);

describeWith(['nginx', 'mysqld'], 'beyond what the machine can do', () => {
  test('what can be is answered well and soon, the rest is refused at once, and nothing breaks', async () => {
    const env = { NODE_ENV: 'production' };
    const overrides = { service1: env, service2: env, service3: env, service4: env };
    const system = await startSystem({ mysql: await fillMysql(await startMysql()), overrides });
    const nginx = await startNginx({ port: system.service1.port, replicas: ['127.0.0.1'] });
    const { problems, figures } = await overload({ targets: [nginx.url] });
    process.stderr.write(`${JSON.stringify(figures, null, 2)}\n`);
    expect(problems).toEqual([]);
    expect(nginx.accessLog().filter(({ status }) => status === 500)).toEqual([]);
  });
});

describeWith(['nginx'], 'a replica that can do little', () => {
  test('refuses, and yet draws fewer requests than one that serves', async () => {
    const port = await freePort();
    let turn = Promise.resolve();
    const oneAfterTheOther = () => {
      turn = turn.then(() => pause(20));
      return turn;
    };
    const slow = await startReplica('127.0.0.2', port, appOf('slow', oneAfterTheOther));
    const atOnce = () => pause(150);
    const good = await startReplica('127.0.0.3', port, appOf('good', atOnce));
    for (let count = 0; count < 20; count += 1) await send(`http://${slow.address}:${port}`, '/'); // so is it usual
    slow.requests.length = 0;
    const { url } = await startNginx({ port, replicas: [slow.address, good.address] });
    const { failures } = await loadFor(10, { targets: [url], perSecond: 400 });
    expect(failures.some(({ kind, reason }) => kind === 'busy' && reason.endsWith('(slow)'))).toBe(true);
    expect(slow.requests.length).toBeLessThan(good.requests.length);
  });
});

/** A service with one limited route, which does this work. */
function appOf(INSTANCE: string, work: () => Promise<void>) {
  const base = createBase('service1', readSettings(commonSettings(1), { LOG_LEVEL: 'silent', INSTANCE }));
  const draw = async (_request: unknown, response: Response) => {
    await work();
    response.send('drawn');
  };
  return createService(
    base,
    limited('draws', base, ({ title }) => title, [['get', '/', draw]]),
  ).app;
}
