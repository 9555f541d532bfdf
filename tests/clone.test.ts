import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from './support/temporary-folder.ts';

test('a clone made for Windows has the line ends of all others', () => {
  const clone = join(temporaryFolder('clone').path, 'motorpool');
  git('-c', 'core.autocrlf=true', 'clone', '--quiet', '--depth=1', pathToFileURL(process.cwd()).href, clone);
  const ends = git('-C', clone, 'ls-files', '--eol').split('\n').filter(Boolean);
  expect(ends.length).toBeGreaterThan(200);
  expect(ends.filter(line => !/^i\/(lf|none|-text) +w\/(lf|none|-text) /.test(line))).toEqual([]);
});

test('an image has files of the clone only from a stage that lets everybody read them', () => {
  const stages = readFileSync('Dockerfile', 'utf8')
    .split(/^FROM /m)
    .slice(1);
  const copies = stages.at(-1)?.match(/^COPY .*/gm);
  expect(copies).toEqual([
    'COPY --from=packages /motorpool/node_modules ../node_modules',
    'COPY --from=sources /motorpool ..',
  ]);
  const sources = stages.find(stage => stage.includes(' AS sources'));
  expect(sources).toMatch(/\nRUN chmod --recursive u=rwX,go=rX \.\n+$/);
});

function git(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}
