import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DockerError } from './docker.ts';

/** A Docker Engine on another host, reachable at `host` on this machine until the tunnel is closed. */
export type Tunnel = { host: string; close(): Promise<void> };

/**
 * Opens an SSH tunnel to the engine at `ssh://user@host:port`: one serves all that is asked, where a docker client with
 * such an address makes an SSH connection each time. Throws as `forward` does.
 */
export async function openTunnel(address: string, sshArgs: string[]): Promise<Tunnel> {
  const folder = mkdtempSync(join(tmpdir(), 'motorpool-tunnel-'));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  const socket = join(folder, 'docker.sock');
  const end = await forward(address, sshArgs, `${socket}:/var/run/docker.sock`).catch(error => {
    removeFolder();
    throw error;
  });
  const close = async () => {
    await end();
    process.off('exit', removeFolder);
    removeFolder();
  };
  return { host: `unix://${socket}`, close };
}

/**
 * Lets this machine reach something of the host at `ssh://user@host:port`, whose key must be known: `ways` are as ssh's -L
 * takes them; `sshArgs` go to ssh. Gives what ends that. It ends with this process, also when that is killed, but not by a
 * Ctrl-C on a terminal. Throws a DockerError with what ssh says.
 */
export async function forward(
  address: string,
  sshArgs: string[],
  ways: string,
): Promise<() => Promise<void>> {
  const { username, hostname, port } = new URL(address);
  const options = ['BatchMode=yes', 'ExitOnForwardFailure=yes', 'ServerAliveInterval=15'];
  const args = [
    ...['-T', '-L', ways, ...options.flatMap(option => ['-o', option])],
    ...[...(username ? ['-l', username] : []), ...(port ? ['-p', port] : []), ...sshArgs],
    // Says that the tunnel stands, and ends when nobody holds its other end any more.
    ...['--', hostname, 'echo open; exec cat'],
  ];
  const ssh = spawn('ssh', args, { env: process.env, detached: process.stdin.isTTY });
  const messages = text(ssh.stderr);
  const ended = once(ssh, 'close').then(
    async ([code]) => (await messages).trim() || `exit code ${code}`,
    ({ message }: Error) => message,
  );
  const opened = once(ssh.stdout, 'data').then(() => null);
  const failure = await Promise.race([opened, ended]);
  if (failure !== null) throw new DockerError(`There is no tunnel to ${address}, for ssh says: ${failure}`);
  return async () => {
    ssh.kill();
    await ended;
  };
}
