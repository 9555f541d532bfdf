import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { docker } from './engine.ts';
import { labAddress } from './network.ts';

/** The folder of what only lives as long as the lab does: certificate, keys, password. */
export const labFolder = join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local/state'), 'motorpool/lab');

/** The path of one of the files that `makeCredentials` makes. */
export function credential(
  name: 'registry.crt' | 'registry.key' | 'registry.password' | 'htpasswd' | 'ssh_key' | 'ssh_key.pub',
): string {
  return join(labFolder, name);
}

/** The registry's password, made anew for each lab. */
export function registryPassword(): Promise<string> {
  return readFile(credential('registry.password'), 'utf8');
}

/** Makes the registry's certificate and password and the SSH key for the nodes, once for each lab. */
export async function makeCredentials(): Promise<void> {
  if (existsSync(credential('htpasswd'))) return;
  await mkdir(labFolder, { recursive: true });
  await chmod(labFolder, 0o700);
  const owner = `${process.getuid?.()}:${process.getgid?.()}`;
  // The lab's own host image has openssl, ssh-keygen and perl, so this machine needs none of them.
  const inImage = ['run', '--rm', '--interactive', '--user', owner, '--volume', `${labFolder}:/made`];
  await docker([...inImage, '--workdir', '/made', '--entrypoint', 'bash', 'motorpool-lab/host'], {
    input: `set -euo pipefail
      rm -f *
      openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/CN=motorpool-lab registry' \
        -addext 'subjectAltName=IP:${labAddress(2)},IP:127.0.0.1' -keyout registry.key -out registry.crt 2>/dev/null
      ssh-keygen -q -t ed25519 -N '' -C motorpool-lab -f ssh_key
      openssl rand -hex 16 | tr -d '\\n' >registry.password
      salt=$(openssl rand -hex 11)
      perl -e 'print "motorpool:", crypt($ARGV[0], "\\$2y\\$05\\$$ARGV[1]"), "\\n"' \
        "$(<registry.password)" "$salt" >htpasswd`,
  });
}
