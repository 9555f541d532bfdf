import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { requirePart } from './parts.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Plays of a playbook, and the hosts of each group with their variables. */
type Playbook = {
  plays: object[];
  groups: Record<string, Record<string, object>>;
  /** Programs in the place of others, by their names. */
  programs?: Record<string, string>;
  args?: string[];
};

/** Lets real Ansible play something on this machine, whatever the hosts are called, and gives all that it printed. */
export function playHere({ plays, groups, programs = {}, args = [] }: Playbook): string {
  const { path } = temporaryFolder('ansible');
  const write = (name: string, content: string, mode = 0o644) => {
    writeFileSync(join(path, name), content, { mode });
    return join(path, name);
  };
  for (const [name, text] of Object.entries(programs)) write(name, text, 0o755);
  const children = Object.fromEntries(Object.entries(groups).map(([name, hosts]) => [name, { hosts }]));
  const all = { vars: { ansible_connection: 'local' }, children };
  const env = { PATH: `${path}:${process.env.PATH}`, ANSIBLE_NOCOLOR: '1', ANSIBLE_GATHERING: 'explicit' };
  const { stdout, stderr } = spawnSync(
    requirePart('ansible-playbook'),
    ['--inventory', write('inventory.yml', stringify({ all })), ...args, write('play.yml', stringify(plays))],
    { encoding: 'utf8', env: { ...process.env, ...env } },
  );
  return stdout + stderr;
}
