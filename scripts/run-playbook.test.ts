import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../tests/support/temporary-folder.ts';

test('Ansible gets the key at a path that means nothing to ssh, wherever Jenkins put it, and it is gone afterwards', () => {
  const folder = join(temporaryFolder('playbook').path, 'a workspace%2Fmain');
  mkdirSync(join(folder, 'bin'), { recursive: true });
  for (const script of ['run-playbook.sh', 'version.sh'])
    cpSync(`scripts/${script}`, `${folder}/scripts/${script}`);
  writeFileSync(join(folder, 'key'), 'the key');
  const ansible =
    '#!/bin/sh\nprintf "%s\\n" "$@" >called\nfile=$(echo "$6" | cut -d= -f2)\nstat -c %a "$file" >seen; cat "$file" >>seen\n';
  writeFileSync(join(folder, 'bin/ansible-playbook'), ansible, { mode: 0o755 });
  const { status, stderr } = spawnSync('bash', ['scripts/run-playbook.sh', 'an inventory.yml'], {
    ...{ cwd: folder, encoding: 'utf8' },
    env: { PATH: `${folder}/bin:${process.env.PATH}`, ROLLBACK_TO: '1.2.2', NODES_KEY: join(folder, 'key') },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const [inventory, name, , , , key = '', playbook] = readFileSync(join(folder, 'called'), 'utf8').split(
    '\n',
  );
  expect([inventory, name, playbook]).toEqual(['--inventory', 'an inventory.yml', 'ansible/rollback.yml']);
  expect(key).toMatch(/^ansible_ssh_private_key_file=[\w./-]+$/);
  expect(readFileSync(join(folder, 'seen'), 'utf8')).toBe('600\nthe key');
  expect(existsSync(key.replace(/.*=/, ''))).toBe(false);
});
