import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

test('a measurement says what to install, and no more', () => {
  const program = "import { partsOrEnd } from './bench/parts.ts'; partsOrEnd('chromium')";
  const how = { env: { PATH: '/nowhere' }, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], how);
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'Install Chromium, with chromium on the PATH.\n' });
});
