import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../tests/support/temporary-folder.ts';

const begun = '.first-start-begun';
const ended = '.first-start-ended';

test.each([
  ['an empty one is marked', [], [begun]],
  ['one of a first start that did not end is made anew', [begun, 'mysql.ibd', '.hidden'], [begun]],
  ['one of a first start that ended stays', [begun, ended, 'mysql.ibd'], [begun, ended, 'mysql.ibd']],
  ['one without marks stays, whatever is in it', ['mysql.ibd'], ['mysql.ibd']],
])('of the folders of MySQL %s', (_what, before, after) => {
  const { path } = temporaryFolder('start');
  const folder = join(path, 'data');
  mkdirSync(folder);
  for (const name of before) writeFileSync(join(folder, name), '');
  if (before.includes('mysql.ibd')) {
    mkdirSync(join(folder, 'mysql'));
    writeFileSync(join(folder, 'mysql/table.ibd'), '');
  }
  writeFileSync(join(path, 'docker-entrypoint.sh'), '#!/bin/sh\nprintf "%s|" "$@"\n', { mode: 0o755 });
  const { status, stdout } = spawnSync('bash', ['db/start.sh', 'mysqld', '--a b'], {
    env: { PATH: `${path}:${process.env.PATH}`, MYSQL_FOLDER: folder },
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([0, 'mysqld|--a b|']);
  expect(readdirSync(folder).filter(name => name !== 'mysql')).toEqual(after);
  expect(readdirSync(folder).includes('mysql')).toBe(after.includes('mysql.ibd'));
});
