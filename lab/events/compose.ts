import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClient } from '../../tests/support/streams.ts';
import type { Event, Finding } from '../event.ts';
import { images, registryAddress } from '../release.ts';
import { docker, dockerClient, run } from '../run.ts';
import type { Stack } from '../stack.ts';
import { secondsSince, until } from '../until.ts';
import { deployStack, removeStack } from './shared/another-stack.ts';
import { draw } from './shared/draws.ts';
import { good } from './shared/ensure.ts';

const project = 'motorpool-lab-compose';
const address = 'http://127.0.0.1:18080';
const plain = 'plain';

/** The same file with nothing but Docker's own commands. */
export default function composeEvents(stack: Stack): Event[] {
  return [
    {
      name: 'docker compose up --build',
      group: 'Compose',
      promise:
        'From a clone under a umask of 077, with a password file that an editor saved with CRLF, it brings up the whole system, which draws through NGINX, though the first start of MySQL was killed, and over HTTPS with a certificate of its own; a wrong list is refused with its line before anything is made; `down -v` leaves nothing.',
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
      restore: () => removeStack(stack, plain),
    },
  ];
}

type Compose = (...args: string[]) => Promise<string>;

async function composeUp(): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), 'motorpool-clone-'));
  const client = await dockerClient();
  const of = ['--project-name', project, '--project-directory', folder];
  // All that it says together: it is looked at here.
  const how = ['-c', '"$0" compose "$@" 2>&1', client, ...of];
  const compose: Compose = (...args) =>
    run('bash', [...how, ...args], { environment: { HTTP_PORT: '18080', HTTPS_PORT: '18443' } });
  try {
    await run('bash', ['-c', 'umask 077 && git clone --quiet . "$0"', folder]);
    await run('chmod', ['-R', 'go+rX', folder]); // as README.md says
    await writeFile(join(folder, 'db/password-for-one-machine.txt'), 'pa#ss of an editor\r\n');
    const problems = await tryWrongList(folder, compose);
    await killFirstStart(compose);
    const began = performance.now();
    await compose('up', '--build', '--detach', '--wait');
    await until('NGINX draws', () => draws(address), 10);
    const figures = { 'up after': secondsSince(began), 'it said': (await draw(address)).sentence };
    if (!/first start did not come to its end/.test(await compose('logs', 'db')))
      problems.push('the first start of MySQL was not done again');
    await useCertificate(folder, compose);
    await compose('down', '--volumes');
    return { problems: [...problems, ...(await left())], figures };
  } finally {
    await compose('down', '--volumes', '--remove-orphans').catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

async function tryWrongList(folder: string, compose: Compose): Promise<string[]> {
  const list = join(folder, 'db/people.csv');
  const good = await readFile(list);
  await writeFile(list, 'name\nAmelia\nHenry, Jr.\n');
  const said = await compose('up', '--build', '--detach', '--wait').catch(({ message }: Error) => message);
  await writeFile(list, good);
  const isNamed = /people\.csv cannot be read as CSV: .* line 3/.test(said);
  return [...(isNamed ? [] : [`a wrong list is not refused with its line: ${said}`]), ...(await left())];
}

async function killFirstStart(compose: Compose): Promise<void> {
  await compose('up', '--no-deps', '--detach', 'db');
  const isUnderWay = async () => /Initialization - start/.test(await compose('logs', 'db'));
  await until('the first start of MySQL was under way', isUnderWay, 60);
  await compose('kill', 'db');
}

/** Draws by HTTP/2 after the two commands that README.md has for a certificate of one's own. */
async function useCertificate(folder: string, compose: Compose): Promise<void> {
  await run('npm', ['--prefix', folder, 'run', 'certificate']);
  const files = ['docker-compose.yml', 'nginx/https.yml'].flatMap(name => ['--file', join(folder, name)]);
  await compose(...files, 'up', '--detach', '--wait');
  const client = openClient(['https://127.0.0.1:18443']);
  const isDrawn = async () => / drives /.test((await client.send('/', { accept: 'text/plain' })).body);
  await until('NGINX draws over HTTPS', isDrawn, 10).finally(client.close);
}

function draws(address: string): Promise<boolean> {
  return draw(address).then(() => true);
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
  const began = performance.now();
  await deployStack(stack, plain, 'docker-compose.yml', {
    IMAGES: images,
    VERSION: good,
    NGINX_IMAGE: `${registryAddress}/nginx:1.30`,
    MYSQL_IMAGE: `${registryAddress}/mysql:9.7`,
    HTTP_PORT: '8088',
  });
  for (const target of stack.targets) await until(`${target} draws`, () => draws(`${target}:8088`), 10);
  return { problems: [], figures: { 'drew on every node after': secondsSince(began) } };
}
