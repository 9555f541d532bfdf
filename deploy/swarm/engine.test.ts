import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { listenWith } from '@motorpool/service/test-replica.ts';
import { DockerError } from './docker.ts';
import { engine } from './engine.ts';
import { testSwarm } from './test-swarm.ts';

const { engine: made, docker } = testSwarm();
const { PATH } = process.env;

beforeEach(() => {
  made.answers['GET /services'] = [{ ID: 'one' }];
});
afterEach(() => {
  process.env.PATH = PATH;
  for (const name of ['MOTORPOOL_SSH_ARGS', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH'])
    delete process.env[name];
});

test('filters reach the engine as it wants them', async () => {
  const filters = { label: ['com.docker.stack.namespace=a stack'] };
  expect(await engine.get('/services', { filters, status: true })).toEqual([{ ID: 'one' }]);
  expect(made.requests).toEqual([`GET /services?filters=${JSON.stringify(filters)}&status=true`]);
});

test('what the engine refuses is an error with its reason', async () => {
  await expect(engine.remove('/configs/lock')).rejects.toThrow(
    'The Docker Engine refuses DELETE /configs/lock: rpc error: The swarm does not have a leader',
  );
});

test('an engine that is not there is an error that names its place', async () => {
  process.env.DOCKER_HOST = 'unix:///nowhere/docker.sock';
  await expect(engine.get('/services')).rejects.toThrow(
    /^The Docker Engine at unix:\/\/\/nowhere\/docker\.sock does not answer: .*ENOENT/,
  );
});

test.each([
  ['manager:2376', '', 'manager:2376 is no address of a Docker Engine, like tcp://manager.example:2376.'],
  ['tcp://manager:2376', '1', 'The certificate for tcp://manager:2376 cannot be read: ENOENT'],
])('a place that cannot be asked is an error that says why: %s', async (host, secured, reason) => {
  Object.assign(process.env, {
    DOCKER_HOST: host,
    DOCKER_TLS_VERIFY: secured,
    DOCKER_CERT_PATH: '/nowhere',
  });
  await expect(engine.get('/services')).rejects.toThrow(reason);
  await expect(engine.get('/services')).rejects.toBeInstanceOf(DockerError);
});

test('an engine at a tcp address is asked there', async () => {
  await using other = await listenWith((_request, response) => response.end('[]'));
  process.env.DOCKER_HOST = `tcp://${other.url.host}`;
  expect(await engine.get('/nodes')).toEqual([]);
});

test("without DOCKER_HOST the engine is that of the docker client's context", async () => {
  delete process.env.DOCKER_HOST;
  await docker.answer({
    'context inspect': JSON.stringify({ Endpoints: { docker: { Host: made.host } }, TLSMaterial: {} }),
  });
  expect(await engine.get('/services')).toEqual([{ ID: 'one' }]);
});

test('an engine at an ssh address is asked through one tunnel, and so are the docker clients', async () => {
  const folder = await startTestSsh(
    `ln -s ${made.host.slice('unix://'.length)} "\${4%%:*}"; echo open; exec cat`,
  );
  process.env.DOCKER_HOST = 'ssh://admin@manager.example:2222';
  process.env.MOTORPOOL_SSH_ARGS = '-i key';
  await Promise.all([engine.get('/services'), engine.get('/services')]);
  expect(process.env.DOCKER_HOST).toMatch(/^unix:.*docker\.sock$/);
  expect(await engine.get('/services')).toEqual([{ ID: 'one' }]);
  const [arguments_, ...more] = (await readFile(join(folder, 'log'), 'utf8')).trim().split('\n');
  expect(arguments_).toMatch(/-l admin -p 2222 -i key -- manager\.example /);
  expect(more).toEqual([]);
  await rm(folder, { recursive: true });
});

test('a tunnel that cannot be opened is an error with what ssh says', async () => {
  const folder = await startTestSsh('echo "Host key verification failed." >&2; exit 255');
  process.env.DOCKER_HOST = 'ssh://manager.example';
  await expect(engine.get('/services')).rejects.toThrow(
    'There is no tunnel to ssh://manager.example, for ssh says: Host key verification failed.',
  );
  await rm(folder, { recursive: true });
});

/** Puts a made-up ssh, a line of bash, first on PATH; its fourth argument is SOCKET:/var/run/docker.sock. */
async function startTestSsh(line: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'motorpool-ssh-'));
  const ssh = join(folder, 'ssh');
  await writeFile(ssh, `#!/usr/bin/env bash\necho "$*" >>${folder}/log\nset -- x "$@"\n${line}\n`);
  await chmod(ssh, 0o755);
  process.env.PATH = `${folder}:${PATH}`;
  return folder;
}
