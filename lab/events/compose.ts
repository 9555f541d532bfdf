import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientFolder } from '../credentials.ts';
import type { Event, Finding } from '../event.ts';
import { images, registryAddress } from '../release.ts';
import { docker, run } from '../run.ts';
import type { Stack } from '../stack.ts';
import { secondsSince, until } from '../until.ts';
import { good } from './shared/ensure.ts';

const project = 'motorpool-lab-compose';
const plain = 'plain';

/** The same file with nothing but Docker's own commands. */
export default function composeEvents(stack: Stack): Event[] {
  return [
    {
      name: 'docker compose up --build',
      group: 'Compose',
      promise:
        'From a fresh clone it brings up the whole system, which draws through NGINX; `down -v` leaves nothing.',
      load: null,
      happen: composeUp,
    },
    {
      name: 'docker stack deploy -c docker-compose.yml',
      group: 'Compose',
      promise:
        'The file as it is, with nothing but variables, brings up a second stack, which draws through NGINX.',
      load: null,
      happen: () => deployPlainly(stack),
      restore: () => removePlain(stack),
    },
  ];
}

async function composeUp(): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), 'motorpool-clone-'));
  const compose = (...args: string[]) =>
    docker(['compose', '--project-name', project, '--project-directory', folder, ...args], {
      environment: { HTTP_PORT: '18080' },
    });
  const began = performance.now();
  try {
    await run('git', ['clone', '--quiet', '.', folder]);
    await compose('up', '--build', '--detach', '--wait');
    const figures = { 'up after': secondsSince(began), 'it said': await draw('http://127.0.0.1:18080') };
    await compose('down', '--volumes');
    return { problems: await left(), figures };
  } finally {
    await compose('down', '--volumes', '--remove-orphans').catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

/** A sentence of NGINX. Throws with what else it answers. */
async function draw(address: string): Promise<string> {
  const answer = await fetch(`${address}/`, { headers: { Accept: 'text/plain' } });
  const sentence = await answer.text();
  if (!/ drives an? \w+ \w+\.\n$/.test(sentence))
    throw new Error(`${address} answered ${answer.status}: ${sentence}`);
  return sentence.trim();
}

async function left(): Promise<string[]> {
  const label = ['--filter', `label=com.docker.compose.project=${project}`];
  const lists = await Promise.all([
    docker(['ps', '--all', '--format', 'container {{.Names}}', ...label]),
    docker(['volume', 'ls', '--format', 'volume {{.Name}}', ...label]),
    docker(['network', 'ls', '--format', 'network {{.Name}}', ...label]),
  ]);
  const lines = lists.flatMap(list => list.split('\n'));
  return lines.filter(line => line !== '').map(line => `is left: ${line}`);
}

async function deployPlainly(stack: Stack): Promise<Finding> {
  const environment = {
    DOCKER_CONFIG: clientFolder,
    IMAGES: images,
    VERSION: good,
    NGINX_IMAGE: `${registryAddress}/nginx:1.30`,
    MYSQL_IMAGE: `${registryAddress}/mysql:9.7`,
    HTTP_PORT: '8088',
  };
  const how = ['--with-registry-auth', '--detach=true', '--compose-file', 'docker-compose.yml'];
  const began = performance.now();
  await stack.docker(['stack', 'deploy', ...how, plain], { environment });
  await until('every service has all its tasks', () => runsWhole(stack), 300);
  for (const target of stack.targets)
    await until(`${target} draws`, async () => (await draw(`${target}:8088`)) !== '', 10);
  return { problems: [], figures: { 'drew on every node after': secondsSince(began) } };
}

async function runsWhole(stack: Stack): Promise<boolean> {
  const replicas = await stack.docker(['stack', 'services', '--format', '{{.Replicas}}', plain]);
  return replicas.split('\n').every(count => /^([1-9]\d*)\/\1\b/.test(count));
}

async function removePlain(stack: Stack): Promise<void> {
  await stack.docker(['stack', 'rm', plain]);
  const label = ['--quiet', '--filter', `label=com.docker.stack.namespace=${plain}`];
  const isGone = async (kind: string) => (await stack.docker([kind, 'ls', ...label])) === '';
  await until('nothing of it is left', async () => (await isGone('network')) && isGone('service'), 60);
}
