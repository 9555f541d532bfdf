import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { forward } from '../swarm/ssh-tunnel.ts';

/**
 * Lets this machine reach a private registry (HOST:PORT) as `local` until it is closed, over SSH to its host: so it needs
 * neither a way through the firewall nor, since an engine trusts 127.0.0.1, a setting of its engine. Throws a DockerError.
 */
export async function openRegistry(
  address: string,
  host: string,
  sshArgs: string[],
): Promise<{ local: string; close(): Promise<void> }> {
  const local = `127.0.0.1:${await freePort()}`;
  const port = address.slice(address.lastIndexOf(':') + 1);
  return { local, close: await forward(host, sshArgs, `${local}:127.0.0.1:${port}`) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}
