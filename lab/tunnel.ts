import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { credential, labFolder } from './credentials.ts';
import { docker } from './engine.ts';
import { knownHosts, type LabNode } from './nodes.ts';
import { until } from './until.ts';

/** A node's Docker Engine, reachable from this machine until it is closed. */
export type Tunnel = { dockerHost: string; close(): Promise<void> };

/** Opens an SSH tunnel to the engine of a node, with the node's host key checked, as one would with a real server. */
export async function openTunnel(node: LabNode): Promise<Tunnel> {
  const socket = join(labFolder, `${node.name}-docker.sock`);
  await rm(socket, { force: true });
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${knownHosts}`,
    'ExitOnForwardFailure=yes',
  ];
  const ssh = spawn('ssh', [
    ...['-N', '-i', credential('ssh_key'), '-L', `${socket}:/var/run/docker.sock`],
    ...options.flatMap(option => ['-o', option]),
    `root@${node.address}`,
  ]);
  let messages = '';
  ssh.stderr.on('data', text => {
    messages += text;
  });
  const ended = new Promise<void>(resolve => ssh.once('close', () => resolve()));
  process.once('exit', () => ssh.kill());
  const dockerHost = `unix://${socket}`;
  await until(`the tunnel to ${node.name} is open`, async () => {
    if (ssh.exitCode !== null) throw new Error(`ssh ended: ${messages}`);
    return (await docker(['--host', dockerHost, 'version', '--format', '{{.Server.Version}}'])) !== '';
  });
  return {
    dockerHost,
    async close() {
      ssh.kill();
      await ended;
      await rm(socket, { force: true });
    },
  };
}
