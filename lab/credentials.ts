import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.ts';

/** The folder of what only lives as long as the lab does: keys, passwords, Ansible's inventory. */
export const labFolder = join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local/state'), 'motorpool/lab');

/** The folder in which Ansible keeps the registry's key and password on its controller, which is this machine. */
export const credentialsFolder = join(labFolder, 'credentials');

/** The folder of a docker client that the registry knows, for DOCKER_CONFIG. */
export const clientFolder = join(credentialsFolder, 'docker');

/** The private key for SSH to the nodes; its public half has `.pub` after it. */
export const sshKey = join(labFolder, 'ssh_key');

/** The registry's password, which Ansible makes anew for each lab. */
export function registryPassword(): Promise<string> {
  return readFile(join(credentialsFolder, 'registry.password'), 'utf8');
}

/** Makes the SSH key for the nodes, once for each lab. */
export async function makeSshKey(): Promise<void> {
  if (existsSync(sshKey)) return;
  await mkdir(labFolder, { recursive: true, mode: 0o700 });
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'motorpool-lab', '-f', sshKey]);
}
