import { openRegistry } from '../ansible/registry.ts';
import { credentialsFolder } from './credentials.ts';
import { nodeNumber, sshArgs } from './nodes.ts';

const host = nodeNumber(1);

/** The registry's address, HOST:PORT, on the first node: TLS with a certificate of its own, and a password. */
export const registryAddress = `${host.address}:5000`;

/** The only user that the registry knows; `registryPassword` gives the password. */
export const registryUser = 'motorpool';

/**
 * Pushes an image of this machine's engine to the registry, as NAME:TAG of its own name unless `name` says
 * otherwise, and gives the reference by digest under which the nodes can pull it.
 */
export async function pushImage(image: string, name = image): Promise<string> {
  const registry = await openRegistry({
    address: registryAddress,
    ssh: `ssh://root@${host.address}`,
    sshArgs: sshArgs.join(' '),
    credentials: credentialsFolder,
  });
  try {
    return `${registryAddress}/${name}@${await registry.push(image, name)}`;
  } finally {
    await registry.close();
  }
}
