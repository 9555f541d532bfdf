import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { testClone } from '../test-clone.ts';

const { at, engine } = testClone();
const images = ['service1', 'service2', 'service3', 'service4', 'service5'].map(
  name => `motorpool/${name}:1.2.3`,
);

/** A docker that has images, and a registry that does: files of their names, with the commits that they are from. */
const docker = `#!/usr/bin/env bash
echo "$DOCKER_HOST$*" >>calls
file=images/\${!#//\\//_}
remote=registry/\${file#*:*_}
case "$*" in
  build*) [[ "$*" =~ --tag\\ ([^ ]+).*REVISION=([^ ]+) ]] && echo "\${BASH_REMATCH[2]}" >"images/\${BASH_REMATCH[1]/\\//_}" ;;
  'pull --quiet nginx:1.31') touch "$file" ;;
  pull*) [ -f "$remote" ] || { echo 'manifest unknown' >&2 && exit 1; }; cp "$remote" "$file" ;;
  tag*) cp "images/\${2/\\//_}" "$file" ;;
  push*) cp "$file" "$remote" ;;
  *RepoDigests*) name=\${!#} && echo "\${name%:*}@sha256:abc" ;;
  'image inspect'*) cat "$file" ;;
  'image ls'*) cd images && ls motorpool* | sed 's#_#/#' ;;
  'image rm'*) shift 3 && for name in "$@"; do rm "images/\${name//\\//_}"; done ;;
esac
`;

beforeEach(() => {
  for (const folder of ['bin', 'images', 'registry']) mkdirSync(at(folder));
  cpSync('scripts', at('scripts'), { recursive: true });
  writeFileSync(at('bin/docker'), docker, { mode: 0o755 });
  writeFileSync(at('bin/ssh'), '#!/bin/sh\necho "$*" >>calls-of-ssh; echo open; exec cat\n', { mode: 0o755 });
  writeFileSync(at('config.json'), JSON.stringify({ auths: { 'r:5000': { auth: btoa('us:pass') } } }));
  engine.refusals['GET /distribution/'] = 'manifest unknown: manifest unknown';
});

type Ended = { failed: boolean; output: string };

function inClone(command: string, args: string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const env = {
    ...process.env,
    MOTORPOOL_DOCKER: at('bin/docker'),
    PATH: `${at('bin')}:${process.env.PATH}`,
  };
  const how = { cwd: at('.'), env: { ...env, ...more } };
  return new Promise(ended =>
    execFile(command, args, how, (error, stdout, stderr) =>
      ended({ failed: error !== null, output: `${stdout}${stderr}` }),
    ),
  );
}

/** As Ansible runs it: the manager's engine is that of the made-up swarm. */
function publish(...args: string[]): Promise<Ended> {
  const registry = { MOTORPOOL_REGISTRY: 'r:5000', MOTORPOOL_REGISTRY_SSH: 'ssh://root@r' };
  const base = { NGINX_IMAGE: 'r:5000/nginx:1.31', MYSQL_IMAGE: 'mysql:9.7', DOCKER_CONFIG: at('.') };
  const program = [resolve('deploy/publish/publish.ts'), '--version', '1.2.3', ...args];
  return inClone(process.execPath, program, { ...registry, ...base });
}

const build = (REVISION: string) =>
  inClone('bash', ['scripts/build-images.sh'], { VERSION: '1.2.3', REVISION });
const login = { VERSION: '1.2.3', REGISTRY: 'r:5000', REGISTRY_USER: 'us', REGISTRY_PASSWORD: 'pass' };
const push = () => inClone('bash', ['scripts/push-images.sh'], login);
const published = () => readdirSync(at('registry')).map(name => name.replace('_', '/'));

test("a user's own service is built and pushed like the others, by this machine's own engine", async () => {
  writeFileSync(at('images/mysql:9.7'), '');
  const { output } = await publish('--revision', 'commit', '--base-images');
  expect(output).toContain('+ motorpool/service5:1.2.3\n');
  expect(output).toMatch(/\n7 images were pushed\.\n$/);
  const both = images.flatMap(image => [image, `${image}-commit`]);
  expect(published().sort()).toEqual([...both, 'mysql:9.7', 'nginx:1.31'].sort());
  expect(readFileSync(at('calls'), 'utf8')).not.toContain(engine.host);
  expect(readFileSync(at('calls-of-ssh'), 'utf8')).toMatch(
    / -L 127\.0\.0\.1:\d+:127\.0\.0\.1:5000 .* -l root -- r /,
  );
  expect(readdirSync(at('images')).filter(name => name.includes('127.0.0.1'))).toEqual([]);
});

test('only what the registry lacks is built and pushed; a plan says what that is, and does nothing', async () => {
  engine.answers['GET /distribution/r:5000/motorpool/service1:'] = { Descriptor: { digest: 'sha256:1' } };
  expect((await publish('--plan')).output).toMatch(
    /^\+ motorpool\/service2:1\.2\.3\n(.*\n)*4 images are missing\.\n$/,
  );
  expect(published()).toEqual([]);
  await publish('--revision', 'commit');
  expect(published()).not.toContain('motorpool/service1:1.2.3');
  expect(published()).toContain('motorpool/service2:1.2.3');
  engine.answers['GET /distribution/'] = { Descriptor: { digest: 'sha256:1' } };
  expect((await publish()).output).toBe('No change.\n');
});

test('where the registry does not say what it has, nothing is pushed', async () => {
  engine.refusals['GET /distribution/'] = 'x509: certificate signed by unknown authority';
  expect(await publish()).toEqual({
    failed: true,
    output: `The registry does not say whether it has r:5000/${images[0]}: x509: certificate signed by unknown authority\n`,
  });
  expect(published()).toEqual([]);
});

test.each([
  [
    'a script',
    'build-images.sh',
    [],
    /^(\+ .*\n)*No disk\.\nscripts\/build-images\.sh failed, and said why\.\n$/,
  ],
  ['its arguments', '', ['--version', ''], /^Say which version: npm run images -- --version 1\.2\.3\n$/],
  ['an argument', '', ['--plans'], /^Unknown option '--plans'.*\n$/],
])('what is foreseen to fail is said in sentences alone: %s', async (_what, script, args, output) => {
  if (script) writeFileSync(at(`scripts/${script}`), 'echo No disk. >&2; exit 1');
  expect(await publish(...args)).toEqual({ failed: true, output: expect.stringMatching(output) });
});

test('what was built is pushed, and its digests are noted', async () => {
  expect(await push()).toEqual({
    failed: true,
    output: expect.stringContaining('build-images.sh makes them'),
  });
  await build('commit');
  expect(await push()).toMatchObject({ failed: false });
  const noted = readFileSync(at('test-output/images.txt'), 'utf8').trim().split('\n');
  expect(noted).toEqual(images.map(image => `r:5000/${image.replace(/:.*/, '@sha256:abc')}`));
});

test('a version is pushed once: again from the same commit it stays, and from another one it is refused', async () => {
  await build('one');
  await push();
  expect(await push()).toMatchObject({ failed: false });
  await build('other');
  expect(await push()).toEqual({
    failed: true,
    output:
      'motorpool/service1:1.2.3 is in the registry already, from commit one; give this one another version.\n',
  });
  expect(published()).not.toContain('motorpool/service1:1.2.3-other');
});

test('a service with a Dockerfile of its own is built from its folder alone', async () => {
  mkdirSync(at('service5'));
  writeFileSync(at('service5/Dockerfile'), 'FROM scratch\n');
  await build('commit');
  const builds = readFileSync(at('calls'), 'utf8').match(/SERVICE=\w+|\S+$/gm);
  expect(builds?.join(' ')).toMatch(/SERVICE=service2 \. SERVICE=service5 service5 SERVICE=service3 \. /);
});
