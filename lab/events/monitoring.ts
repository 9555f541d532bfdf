import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { labFolder } from '../credentials.ts';
import type { Event, Finding } from '../event.ts';
import type { Load } from '../load/load.ts';
import { dockerOn, inNode, labAddress, nodeNumber, nodes } from '../nodes.ts';
import { pushOver, registryAddress, services } from '../release.ts';
import { run } from '../run.ts';
import { memoryOfStack, type Stack, watchFor } from '../stack.ts';
import { secondsSince, until } from '../until.ts';
import { deployStack, removeStack } from './shared/another-stack.ts';
import { ensureVersion } from './shared/ensure.ts';
import { differences, thingsOf } from './shared/things.ts';
import { answered, deployed, startingTogether, together } from './shared/under-load.ts';

type Alert = { labels: Record<string, string>; status: string };
type Series = { metric: Record<string, string>; value: [number, string] };

const name = 'monitoring';
const one = nodeNumber(1);
const images = [
  ...readFileSync('monitoring/docker-compose.yml', 'utf8').matchAll(/\$\{(\w+_IMAGE):-(.+)\}/g),
].map(([, variable = '', image = '']) => ({ variable, image }));
const timesFaster = 5; // as Prometheus itself takes up to ten seconds to ask who has come

/** The stack that watches, on the swarm that it watches. */
export default function monitoringEvents(stack: Stack): Event[] {
  return [
    {
      name: 'docker stack deploy -c monitoring/docker-compose.yml',
      group: 'Compose',
      promise:
        'Prometheus finds every task by DNS and has all that the dashboard shows; nothing fires in calm and during an update, a missing replica is told and that it is back; what is watched is not touched, and of what watches nothing is left.',
      load: startingTogether,
      async prepare() {
        await ensureVersion(stack);
        await run('bash', ['lab/base-images.sh', ...images.map(({ image }) => image)], {
          showMessages: true,
        });
        for (const { image } of images) await pushOver(image, image);
        await inMysql(stack, await readFile('monitoring/mysql-user.sql', 'utf8'));
      },
      happen: load => watch(stack, load),
      async restore() {
        await removeStack(stack, name);
        await inMysql(stack, 'DROP USER IF EXISTS watcher');
        await ensureVersion(stack);
      },
    },
  ];
}

async function watch(stack: Stack, load: Load): Promise<Finding> {
  const { heard, url, close } = await hear();
  try {
    load.mark('stack deploy');
    const deploying = await untouched(stack, 'healthy after', () => deployHurried(stack, url));
    await found(stack);
    const began = performance.now();
    await watchFor(10);
    const figures = { 'memory of what watches': await memoryOfStack(name) };
    load.mark('service4 × 1');
    await stack.docker(['service', 'scale', '--detach', 'motorpool_service4=1']);
    await until('the missing replica was told', async () => heard.has('FewerReplicas service4 firing'), 60);
    await stack.docker(['service', 'scale', '--detach', 'motorpool_service4=2']);
    await stack.settled();
    const updating = await deployed(stack, load, ['--version', '1.2.0', '--only', 'service2'], 'update');
    await until('it was told that it is back', async () => heard.has('FewerReplicas service4 resolved'), 90);
    const seconds = Math.floor((performance.now() - began) / 1000);
    const fired = (await ask(`count_over_time(ALERTS{alertstate="firing"}[${seconds}s])`)).map(
      ({ metric: { alertname, job } }) => `${alertname} ${job}`,
    );
    const problems = fired.filter(alert => alert !== 'FewerReplicas service4').map(alert => `${alert} fired`);
    load.mark('stack rm');
    const removing = await untouched(stack, 'removed after', () => removeStack(stack, name));
    await answered(load);
    return together([deploying, updating, removing, { problems, figures }]);
  } finally {
    close();
  }
}

/** Listens as the webhook that alerts are posted to, and remembers what is heard, like `FewerReplicas service4 firing`. */
async function hear() {
  const heard = new Set<string>();
  const server = createServer(async (request, response) => {
    const { alerts } = (await json(request)) as { alerts: Alert[] };
    for (const { labels, status } of alerts) heard.add(`${labels.alertname} ${labels.job} ${status}`);
    response.end();
  });
  await once(server.listen(0, labAddress(1)), 'listening');
  const { port } = server.address() as AddressInfo;
  return { heard, url: `http://${labAddress(1)}:${port}`, close: () => server.close() };
}

/** Deploys the stack with all waiting times shortened. */
async function deployHurried(stack: Stack, webhook: string): Promise<void> {
  const folder = await mkdtemp(join(labFolder, 'monitoring-'));
  const file = (path: string) => join(folder, path);
  try {
    await cp('monitoring', folder, { recursive: true });
    for (const path of ['prometheus.yml', 'rules.yml', 'alertmanager.yml'])
      await writeFile(file(path), hurried(await readFile(file(path), 'utf8')));
    await writeFile(file('webhook'), webhook);
    await deployStack(stack, name, file('docker-compose.yml'), {
      ...Object.fromEntries(images.map(({ variable, image }) => [variable, `${registryAddress}/${image}`])),
      MONITORING_NODE: `node.hostname == ${one.name}`,
      ALERT_WEBHOOK_FILE: file('webhook'),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

function hurried(text: string): string {
  const times = /(\[|(?:for|wait|interval): )(\d+)([sm])\b/g;
  return text.replace(times, (_all, before, count, unit) => {
    return `${before}${(count * (unit === 'm' ? 60_000 : 1000)) / timesFaster}ms`;
  });
}

/** Waits until Prometheus has found every task and has data for all that the dashboard shows, and nothing fires. */
async function found(stack: Stack): Promise<void> {
  const tasks = async (job: string, service = job) => `${job} ${(await stack.running(service)).length}`;
  const jobs = [...services, 'nginx'].map(job => tasks(job));
  const wanted = [...(await Promise.all([...jobs, tasks('mysql', 'db')])), `node ${nodes.length}`];
  const isFound = async () => {
    const up = (await ask('count by (job) (up == 1)')).map(
      ({ metric, value }) => `${metric.job} ${value[1]}`,
    );
    const missing = wanted.filter(count => !up.includes(count));
    if (missing.length === 0) return true;
    throw new Error(`Of ${missing.join(', ')} it has ${up.join(', ')}.`);
  };
  await until('Prometheus has found every task', isFound, 60);
  const { panels } = JSON.parse(await readFile('monitoring/dashboard.json', 'utf8'));
  for (const { expr } of panels.flatMap(({ targets }: { targets: { expr: string }[] }) => targets))
    await until(`${expr} gave data`, async () => (await ask(hurried(expr))).length > 0);
  await until('nothing fires', async () => (await ask('ALERTS{alertstate="firing"}')).length === 0);
}

/** What Prometheus answers, asked in its container, since it publishes nothing. */
async function ask(expression: string): Promise<Series[]> {
  const url = `http://127.0.0.1:9090/api/v1/query?query=${encodeURIComponent(expression)}`;
  const container = `$(docker ps --quiet --filter label=com.docker.swarm.service.name=${name}_prometheus)`;
  return JSON.parse(await inNode(one, `docker exec ${container} wget -qO- '${url}'`)).data.result;
}

/** Tells MySQL's root, in the container of each server; a member of a group that is not the primary refuses. */
async function inMysql(stack: Stack, statements: string): Promise<void> {
  for (const { node, container } of await stack.running('db'))
    await dockerOn(node, ['exec', '--interactive', container, 'mysql', '--user=root'], statements).catch(
      () => '',
    );
}

/** Does something, and gives how long it took, and what of all other stacks is not as it was. */
async function untouched(stack: Stack, label: string, work: () => Promise<void>): Promise<Finding> {
  const others = async () => (await thingsOf(stack)).filter(line => !line.includes(` ${name}_`));
  const before = await others();
  const began = performance.now();
  await work();
  const figures = { [label]: secondsSince(began) };
  return { problems: differences(before, await others()), figures };
}
