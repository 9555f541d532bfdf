import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { temporaryFolder } from '../tests/support/temporary-folder.ts';

const lock = { packages: { '': {}, 'node_modules/jest': { version: '30.5.2' } } };
let folder: string;

/** A clone whose packages are all there, on a machine with an npm that only says what it was asked for. */
beforeEach(() => {
  folder = temporaryFolder('install').path;
  for (const name of ['scripts', 'node_modules/.bin', 'machine'])
    mkdirSync(join(folder, name), { recursive: true });
  copyFileSync('scripts/install.js', join(folder, 'scripts/install.js'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
  writeFileSync(join(folder, 'node_modules/.package-lock.json'), JSON.stringify(lock));
  program('node_modules/.bin/node', 'exit 0');
  program('machine/npm', 'echo "npm $*"');
});

function program(name: string, line: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${line}\n`);
  chmodSync(join(folder, name), 0o755);
}

function install(...options: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...options, 'scripts/install.js'], {
    cwd: folder,
    env: { PATH: `${folder}/machine`, NODE_ENV: 'production', npm_config_ignore_scripts: 'true' },
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

test('nothing is installed where all is there, whatever the clock says', () => {
  utimesSync(join(folder, 'package-lock.json'), 4e9, 4e9);
  expect(install()).toEqual({ status: 0, output: '' });
});

test.each([
  ['the packages', 'node_modules'],
  ['the Node.js that a script of its package installs', 'node_modules/.bin/node'],
  ['what npm says that it installed', 'node_modules/.package-lock.json'],
])('where there is no trace of %s, all is installed, whatever is left out elsewhere', (_what, path) => {
  rmSync(join(folder, path), { recursive: true });
  const { status, output } = install();
  expect(status).toBe(0);
  expect(output).toMatch(/^Installing the packages .*\nnpm ci .*--include=dev .*--ignore-scripts=false /);
});

test.each([{}, { 'node_modules/jest': { version: '30.5.1' } }])(
  'what is missing or of another version is installed: %j',
  packages => {
    writeFileSync(join(folder, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
    expect(install().output).toContain('npm ci ');
  },
);

test('an installation that fails is no success', () => {
  rmSync(join(folder, 'node_modules'), { recursive: true });
  program('machine/npm', 'exit 7');
  expect(install().status).toBe(7);
  rmSync(join(folder, 'machine/npm'));
  expect(install()).toEqual({ status: 1, output: expect.stringContaining('npm cannot be started') });
});

test('on Windows one sentence says what to use', () => {
  const windows = "data:text/javascript,Object.defineProperty(process, 'platform', { value: 'win32' })";
  expect(install(`--import=${windows}`)).toEqual({
    status: 1,
    output: expect.stringMatching(/^Motorpool runs on Linux and macOS; on Windows use it inside WSL: .*\n$/),
  });
});

test('every command installs by itself, for npm may be told to run no other scripts than the one it is asked for', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const { format: _format, certificate: _certificate, ...commands } = scripts;
  for (const command of Object.values(commands))
    expect(command).toMatch(/^node scripts\/install\.js && (export .+ && )?exec /);
});
