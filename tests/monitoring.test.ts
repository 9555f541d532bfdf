import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { fillMysql } from './support/filled.ts';
import { freePort } from './support/free-port.ts';
import { describeWith } from './support/missing.ts';
import { type Mysql, startMysql } from './support/mysql.ts';
import { requirePart } from './support/parts.ts';
import { startProgram } from './support/program.ts';
import { type Replicated, startReplicated } from './support/replicated.ts';
import { type ServiceName, services, startService } from './support/service.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { until } from './support/until.ts';

type Alert = { labels: Record<string, string>; annotations: Record<string, string>; state: string };

type Result = { data: { result?: unknown[]; alerts?: Alert[] } };

const read = (name: string) => readFileSync(join(import.meta.dirname, '../monitoring', name), 'utf8');
const patienceMs = 100_000; // where others take the processor, draws are slow for as long
jest.setTimeout(5 * patienceMs);

describeWith(['mysqld', 'nginx', 'prometheus'], 'monitoring', () => {
  let mysql: Mysql;
  let system: Replicated;
  let address: string;

  beforeAll(async () => {
    mysql = await startMysql();
    system = await startReplicated(await fillMysql(mysql), { VERSION: '1.0.0' });
    const folder = temporaryFolder('monitoring');
    const fileOf = (name: string) => join(folder.path, name);
    writeFileSync(fileOf('prometheus.yml'), found(read('prometheus.yml')));
    writeFileSync(fileOf('rules.yml'), hurried(read('rules.yml')));
    address = `127.0.0.1:${await freePort()}`;
    const program = await startProgram(requirePart('prometheus'), [
      `--config.file=${fileOf('prometheus.yml')}`,
      `--storage.tsdb.path=${fileOf('kept')}`,
      `--web.listen-address=${address}`,
    ]);
    await until(
      'Prometheus was ready',
      async () => program.hasExited() || (await fetch(`http://${address}/-/ready`)).ok,
    );
    if (program.hasExited()) throw new Error(`Prometheus did not start: ${program.output()}`);
    setInterval(() => void fetch(system.url).catch(() => {}), 100).unref();
  });

  /** The configuration with the addresses of this system in place of names, which only Docker's DNS knows. */
  function found(configuration: string): string {
    return configuration
      .replace(/_interval: \d+s$/gm, '_interval: 1s')
      .replace(/dns_sd_configs: \[\{ names: \[(\w+)\].*\}\]/g, (_all, name: ServiceName) => {
        const targets = system.replicas[name].map(({ url }) => `'${new URL(url).host}'`);
        return `static_configs: [{ targets: [${targets}] }]`;
      });
  }

  async function ask(path: string): Promise<Result> {
    const answer = (await (await fetch(`http://${address}/api/v1/${path}`)).json()) as Result & {
      error?: string;
    };
    if (answer.error) throw new Error(`${path}: ${answer.error}`);
    return answer;
  }

  async function valuesOf(expression: string): Promise<unknown[]> {
    return (await ask(`query?query=${encodeURIComponent(expression)}`)).data.result ?? [];
  }

  /** What fires, as `FewerReplicas service4`. */
  async function alerts(): Promise<string[]> {
    const { alerts = [] } = (await ask('alerts')).data;
    return alerts
      .filter(({ state, annotations }) => state === 'firing' && annotations.remedy)
      .map(({ labels: { alertname, job, target } }) => `${alertname} ${job ?? target ?? ''}`);
  }

  const told = (wanted: string) =>
    until(`${wanted} fired`, async () => (await alerts()).includes(wanted), patienceMs);
  const calm = () => until('nothing fired', async () => (await alerts()).length === 0, patienceMs);

  test('every expression of the dashboard gives data', async () => {
    const expressions = JSON.parse(read('dashboard.json')).panels.flatMap(
      ({ targets }: { targets: { expr: string }[] }) => targets.map(({ expr }) => hurried(expr)),
    );
    expect(expressions.length).toBeGreaterThan(5);
    for (const expression of expressions)
      await until(`${expression} gave data`, async () => (await valuesOf(expression)).length > 0, patienceMs);
  });

  test('nothing fires while all is well', async () => {
    // Longer than any alert waits here.
    const seen = 'count(count_over_time(up[20s]) > 10)';
    await until(
      'all were seen for a while',
      async () => (await valuesOf(`${seen} == ${2 * services.length}`)).length > 0,
      patienceMs,
    );
    expect(await alerts()).toEqual([]);
  });

  test('replicas that are gone are told, until they are back', async () => {
    const gone = system.replicas.service4;
    await gone[0].stop();
    await told('FewerReplicas service4');
    await gone[1].stop();
    await told('NobodyServes service4');
    await told('CallsFail service4');
    await told('AnswersFail service1');
    for (const { url, port } of gone) await startService('service4', { host: new URL(url).hostname, port });
    await calm();
  });

  test('replicas that hang are told as slow draws, and as busy ones where more come than they can take', async () => {
    const [{ url }] = system.replicas.service1;
    for (const replica of system.replicas.service3) replica.kill('SIGSTOP');
    await told('DrawsAreSlow ');
    const rush = setInterval(() => {
      for (let count = 0; count < 50; count += 1) fetch(url).catch(() => {});
    }, 100);
    await told('ReplicasAreBusy service1');
    clearInterval(rush);
    for (const replica of system.replicas.service3) replica.kill('SIGCONT');
    await calm();
  });

  test('a database that does not answer is told, until it does', async () => {
    await mysql.kill();
    await told('CallsFail database');
    await mysql.start();
    await calm();
  });
});

/** What waits for minutes in production, with seconds in their place. */
function hurried(text: string): string {
  return text.replace(/\[\d+m\]/g, '[5s]').replace(/for: .*/g, 'for: 2s');
}
