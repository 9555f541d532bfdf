import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { publishCoverage } from './reports.ts';
import type { Build } from './steps.ts';

const tested = `const one = { close: () => 1, open: () => 2 };
const other = { close: () => 3 };
test('closes', () => void [one.close(), other.close(), one.open()]);
`;

test('Jenkins can read what Jest reports, also of two methods of one name in a file', async () => {
  const workspace = temporaryFolder('reports').path;
  writeFileSync(join(workspace, 'package.json'), '{}');
  writeFileSync(join(workspace, 'doors.test.js'), tested);
  const { coverageReporters } = (await import(resolve('jest.config.js'))).default;
  const own = { rootDir: workspace, transform: {}, coverageDirectory: 'out', collectCoverage: true };
  const config = { ...own, coverageProvider: 'v8', coverageReporters, forceCoverageMatch: ['**/*.test.js'] };
  const jest = resolve('node_modules/jest/bin/jest.js');
  const how = [jest, `--config=${JSON.stringify(config)}`];
  expect(spawnSync(process.execPath, how, { cwd: workspace }).status).toBe(0);
  const build = {
    workspace,
    archive: join(workspace, 'archive'),
    result: 'SUCCESS',
    secrets: [],
    output: '',
  };
  publishCoverage('out/cobertura-coverage.xml', build as unknown as Build);
  expect(build).toMatchObject({ result: 'SUCCESS', output: '100.0 % of the lines are covered\n' });
});
