import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { publishCoverage } from './reports.ts';
import type { Build } from './steps.ts';

const tested = `const one = { close: () => 1, open: () => 2 };
const other = { close: () => 3 };
test('closes', () => void [one.close(), other.close(), one.open()]);
`;

test('Jenkins can read what Jest reports, also of two methods of one name in a file', () => {
  const workspace = temporaryFolder('reports').path;
  writeFileSync(join(workspace, 'package.json'), '{}');
  writeFileSync(join(workspace, 'doors.test.js'), tested);
  const reporter = 'tests/support/cobertura.js';
  expect(readFileSync('jest.config.js', 'utf8')).toContain(`/${reporter}`);
  const config = {
    ...{
      rootDir: workspace,
      transform: {},
      coverageDirectory: 'out',
      coverageReporters: [resolve(reporter)],
    },
    ...{ collectCoverage: true, coverageProvider: 'v8', forceCoverageMatch: ['**/*.test.js'] },
  };
  const jest = resolve('node_modules/jest/bin/jest.js');
  const { status } = spawnSync(process.execPath, [jest, `--config=${JSON.stringify(config)}`], {
    cwd: workspace,
  });
  expect(status).toBe(0);
  const report = 'out/cobertura-coverage.xml';
  const names = readFileSync(join(workspace, report), 'utf8').match(/(?<=<method name=")[^"]*/g);
  expect(names).toEqual(expect.arrayContaining(['close', 'close-2', 'open']));
  const build = {
    workspace,
    archive: join(workspace, 'archive'),
    result: 'SUCCESS',
    secrets: [],
    output: '',
  };
  publishCoverage(report, build as unknown as Build);
  expect(build.result).toBe('SUCCESS');
});
