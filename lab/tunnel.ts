import { openTunnel, type Tunnel } from '../deploy/ssh-tunnel.ts';
import { type LabNode, sshArgs } from './nodes.ts';

/** Opens an SSH tunnel to the engine of a node, with the node's host key checked, as one would with a real server. */
export function openNodeTunnel({ address }: LabNode): Promise<Tunnel> {
  return openTunnel(`ssh://root@${address}`, sshArgs);
}
