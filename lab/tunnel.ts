import { openTunnel, type Tunnel } from '../deploy/ssh-tunnel.ts';
import { credential } from './credentials.ts';
import { knownHosts, type LabNode } from './nodes.ts';

/** Opens an SSH tunnel to the engine of a node, with the node's host key checked, as one would with a real server. */
export function openNodeTunnel({ address }: LabNode): Promise<Tunnel> {
  const options = ['StrictHostKeyChecking=yes', `UserKnownHostsFile=${knownHosts}`];
  const sshArgs = ['-i', credential('ssh_key'), ...options.flatMap(option => ['-o', option])];
  return openTunnel(`ssh://root@${address}`, sshArgs);
}
