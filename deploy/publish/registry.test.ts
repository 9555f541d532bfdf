import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loginsFor } from './registry.ts';

const { DOCKER_CONFIG, PATH } = process.env;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'motorpool-config-'));
  process.env.DOCKER_CONFIG = folder;
});
afterEach(async () => {
  process.env.PATH = PATH;
  if (DOCKER_CONFIG === undefined) delete process.env.DOCKER_CONFIG;
  else process.env.DOCKER_CONFIG = DOCKER_CONFIG;
  await rm(folder, { recursive: true });
});

const decoded = (logins: Record<string, string>) =>
  Object.values(logins).map(login => JSON.parse(Buffer.from(login, 'base64url').toString()));

test("an engine gets the login that docker's client has for a registry, and no others", async () => {
  const auth = Buffer.from('me:pass:word?>').toString('base64');
  const auths = { '10.0.0.1:5000': { auth }, 'other.example': { auth } };
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }));
  const logins = loginsFor(['10.0.0.1:5000/motorpool/service1:1.0', 'mysql:9.7', 'library/nginx']);
  expect(decoded(logins)).toEqual([
    { username: 'me', password: 'pass:word?>', serveraddress: '10.0.0.1:5000' },
  ]);
  expect(Object.values(logins)[0]).toMatch(/^[\w-]+=*$/);
});

test('a login that a helper keeps is asked of it', async () => {
  const helper = join(folder, 'docker-credential-made-up');
  await writeFile(helper, `#!/bin/sh\ncat >/dev/null; echo '{"Username":"me","Secret":"s"}'\n`);
  await chmod(helper, 0o755);
  process.env.PATH = `${folder}:${PATH}`;
  await writeFile(join(folder, 'config.json'), JSON.stringify({ credsStore: 'made-up' }));
  expect(decoded(loginsFor(['mysql:9.7']))).toEqual([
    { username: 'me', password: 's', serveraddress: 'https://index.docker.io/v1/' },
  ]);
});

test('where nobody has logged in there is no login', () => {
  expect(loginsFor(['r.example/service1:1.0'])).toEqual({});
});
