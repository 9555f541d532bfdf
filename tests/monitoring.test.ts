import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { createServer as createTlsServer } from 'node:tls';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { parse } from 'yaml';
import { notify } from '../deploy/notify.ts';
import { measureCertificates } from '../service1/certificate.ts';
import { makeCertificate } from './support/certificate.ts';
import { fillMysql } from './support/filled.ts';
import { freePort } from './support/free-port.ts';
import { join as enter, found, membersOf, startGroup } from './support/group.ts';
import { describeWith } from './support/missing.ts';
import type { Mysql } from './support/mysql.ts';
import { apart, type PartName, requirePart } from './support/parts.ts';
import { startProgram } from './support/program.ts';
import { type Replicated, startReplicated } from './support/replicated.ts';
import { services, startService } from './support/service.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { until } from './support/until.ts';

type Alert = { labels: Record<string, string>; annotations: Record<string, string>; status: unknown };

const folder = temporaryFolder('monitoring');
const fileOf = (name: string) => join(folder.path, name);
const read = (name: string) => readFileSync(join(import.meta.dirname, '../monitoring', name), 'utf8');
const patienceMs = 100_000; // where others take the processor, draws are slow for as long
jest.setTimeout(5 * patienceMs);

const parts: PartName[] = [
  'mysqld',
  'nginx',
  'prometheus',
  'alertmanager',
  'node-exporter',
  'mysqld-exporter',
  'unshare',
];

const diskBytes = 2 ** 24;
const onSmallDisk = [
  ...['unshare', ...apart],
  ...['sh', '-c', `mount -t tmpfs -o size=${diskBytes} none "$1" && shift && exec "$@"`, 'sh'],
];

describeWith(parts, 'monitoring', () => {
  let group: [Mysql, Mysql, Mysql];
  let system: Replicated;
  let address: string;
  let alertmanager: string;
  let filler: string;
  const secure = createTlsServer();
  const heard = new Set<string>();

  beforeAll(async () => {
    group = await startGroup();
    const host = group.map(member => member.host).join();
    system = await startReplicated({ ...(await fillMysql(group[0])), host }, { VERSION: '1.0.0' });
    writeFileSync(fileOf('webhook'), `http://${await addressOf(createServer(hear))}/secret`);
    const alerting = hurried(read('alertmanager.yml')).replace(
      '/run/secrets/alert_webhook',
      fileOf('webhook'),
    );
    alertmanager = await startPart('alertmanager', alerting, '--storage.path', '--cluster.listen-address=');
    writeFileSync(fileOf('rules.yml'), hurried(read('rules.yml')));
    secure.setSecureContext(certificateFor('365'));
    const nginx = Number((await addressOf(secure)).split(':')[1]);
    const exporter = await addressOf(createServer((_request, response) => void measure(nginx, response)));
    await group[0].query(read('mysql-user.sql').replace(/^--.*/, ''));
    const more = `  - job_name: certificate\n    static_configs: [{ targets: ['${exporter}'] }]\n`;
    mkdirSync(fileOf('disk'));
    const node = await startExporter('node-exporter', [...onSmallDisk, fileOf('disk')]);
    const child = Number(execFileSync('ps', ['-o', 'pid=', '--ppid', `${node.pid}`]));
    filler = `/proc/${child}/root${fileOf('disk')}/filler`;
    const configuration = placed(read('prometheus.yml'), node.at)
      .replace('alertmanager:9093', alertmanager)
      .replace('mysqld-exporter:9104', (await startExporter('mysqld-exporter')).at);
    address = await startPart('prometheus', configuration + more, '--storage.tsdb.path');
    setInterval(() => void fetch(system.url).catch(() => {}), 100).unref();
  });

  /** Starts a program with its configuration; gives its address once it is ready. */
  async function startPart(name: PartName, configuration: string, storage: string, ...further: string[]) {
    const at = `127.0.0.1:${await freePort()}`;
    writeFileSync(fileOf(`${name}.yml`), configuration);
    const program = await startProgram(requirePart(name), [
      `--config.file=${fileOf(`${name}.yml`)}`,
      `${storage}=${fileOf(name)}`,
      `--web.listen-address=${at}`,
      ...further,
    ]);
    const isReady = async () => program.hasExited() || (await fetch(`http://${at}/-/ready`)).ok;
    await until(`${name} was ready`, isReady);
    if (program.hasExited()) throw new Error(`${name} did not start: ${program.output()}`);
    return at;
  }

  /** Starts an exporter as the stack does, by another program where given. */
  async function startExporter(name: PartName, by: string[] = []): Promise<{ at: string; pid: number }> {
    const at = `127.0.0.1:${await freePort()}`;
    const args: string[] = parse(read('docker-compose.yml'), { merge: true }).services[name].command;
    const how = args.map(each => each.replace('/disk', fileOf('disk')));
    const [command = '', ...all] = [...by, requirePart(name), ...how, `--web.listen-address=${at}`];
    const program = await startProgram(command, all);
    await until(`${name} was ready`, async () => program.hasExited() || (await fetch(`http://${at}/`)).ok);
    if (program.hasExited()) throw new Error(`${name} did not start: ${program.output()}`);
    return { at, pid: program.pid };
  }

  /** The configuration with the addresses of this system in place of names, which only Docker's DNS knows. */
  function placed(configuration: string, node: string): string {
    const targets: Record<string, string[]> = {
      ...Object.fromEntries(
        services.map(name => [name, system.replicas[name].map(({ url }) => new URL(url).host)]),
      ),
      'tasks.nginx': [`127.0.0.1:${system.nginx.figuresPort}`],
      'node-exporter': [node],
      db: group.map(({ host, port }) => `${host}:${port}`),
    };
    return configuration
      .replace(/_interval: \d+s$/gm, '_interval: 1s')
      .replace(/dns_sd_configs: \[\{ names: \[([\w.-]+)\].*\}\]/g, (_all, name: string) => {
        return `static_configs: [{ targets: ${JSON.stringify(targets[name])} }]`;
      });
  }

  /** Remembers what Alertmanager posts. */
  async function hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { alerts } = (await json(request)) as { alerts: Alert[] };
    for (const { labels, status } of alerts) heard.add(`${labels.alertname} ${status}`);
    response.end();
  }

  async function valuesOf(expression: string): Promise<unknown[]> {
    const answer = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data, error } = (await answer.json()) as { data?: { result: unknown[] }; error?: string };
    if (!data) throw new Error(`${expression}: ${error}`);
    return data.result;
  }

  /** What Alertmanager has as firing, as `FewerReplicas service4`. */
  async function alerts(): Promise<string[]> {
    const firing = (await (await fetch(`http://${alertmanager}/api/v2/alerts`)).json()) as Alert[];
    return firing
      .filter(({ annotations }) => annotations.remedy)
      .map(({ labels: { alertname, job, target } }) => `${alertname} ${job ?? target ?? ''}`);
  }

  async function told(wanted: string): Promise<void> {
    await until(`${wanted} fired`, async () => (await alerts()).includes(wanted), patienceMs);
    const [name] = wanted.split(' ');
    await until(`${name} was posted`, () => heard.has(`${name} firing`), patienceMs);
  }
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
    // Longer than any alert waits here; where others take the processor, draws are slow for a while.
    const seen = `count(count_over_time(up{job=~"service.*"}[20s]) > 10) == ${2 * services.length}`;
    const fired = 'count(count_over_time(ALERTS{alertstate="firing"}[20s]))';
    const isCalm = async () => (await valuesOf(`${seen} unless ${fired}`)).length > 0;
    await until('all were seen for a while, and nothing fired', isCalm, patienceMs);
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

  test('a member that the database lacks is told, until it is back', async () => {
    await group[2].kill();
    await told('DatabaseMemberMissing ');
    await until('it was expelled', async () => (await membersOf(group[0])) === 2);
    await group[2].start();
    await enter(group[2]);
    await calm();
  });

  test('a database that does not answer is told, until it does', async () => {
    await Promise.all(group.map(member => member.kill()));
    await told('CallsFail database');
    await told('DatabaseHasNoPrimary ');
    await Promise.all(group.map(member => member.start()));
    await found(group);
    await calm();
  });

  test('a certificate that expires soon, a full disk, an NGINX that hangs and a failed deploy are told, until all is well', async () => {
    const deploy = { command: 'deploy', stack: 'motorpool', isWell: false, cause: 'Nobody can be drawn.' };
    const notified = (result: typeof deploy) => notify(`http://${alertmanager}/api/v2/alerts`, result, true);
    secure.setSecureContext(certificateFor('13'));
    writeFileSync(filler, Buffer.alloc(0.9 * diskBytes));
    process.kill(-system.nginx.pid, 'SIGSTOP');
    await notified(deploy);
    await told('CertificateExpiresSoon ');
    await told('DiskFills node');
    await told('NobodyServes nginx');
    await told('DeployFailed ');
    secure.setSecureContext(certificateFor('15'));
    rmSync(filler);
    process.kill(-system.nginx.pid, 'SIGCONT');
    await notified({ ...deploy, isWell: true });
    await calm();
  });

  test('of every alert that there is somebody was told, and that it was over', async () => {
    for (const { alert } of [...parse(read('rules.yml')).groups[0].rules, { alert: 'DeployFailed' }]) {
      expect(heard).toContain(`${alert} firing`);
      await until(`it was posted that ${alert} was over`, () => heard.has(`${alert} resolved`));
    }
  });
});

/** Where a server listens from now on. */
async function addressOf(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Says what service 1 would say of an NGINX with HTTPS at a port of this machine. */
async function measure(port: number, response: ServerResponse): Promise<void> {
  const registry = new Registry();
  measureCertificates({ registry }, new URL('http://127.0.0.1'), port);
  response.setHeader('Content-Type', registry.contentType).end(await registry.metrics());
}

function certificateFor(days: string): { cert: Buffer; key: Buffer } {
  const made = makeCertificate('motorpool.example');
  const [cert, key] = [join(made, 'fullchain.pem'), join(made, 'privkey.pem')];
  return {
    cert: execFileSync('openssl', ['x509', '-in', cert, '-signkey', key, '-days', days]),
    key: readFileSync(key),
  };
}

/** What waits for minutes in production, with seconds in their place. */
function hurried(text: string): string {
  return text.replace(/\[\d+m\]/g, '[5s]').replace(/(for|group_\w+): \d+[smh]$/gm, '$1: 2s');
}
