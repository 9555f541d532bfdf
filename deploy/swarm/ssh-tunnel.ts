import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerError } from './docker.ts';

/** A Docker Engine on another host, reachable at `host` on this machine until the tunnel is closed. */
export type Tunnel = { host: string; close(): Promise<void> };

/**
 * Opens an SSH tunnel to the engine at `ssh://user@host:port`, whose host key must be known; `sshArgs` go to ssh. One
 * tunnel serves all that is asked, where a docker client with such an address makes an SSH connection each time.
 * It ends with this process, also when that is killed, but not by a Ctrl-C on a terminal. Throws a DockerError with what ssh says.
 */
export async function openTunnel(address: string, sshArgs: string[]): Promise<Tunnel> {
  const folder = mkdtempSync(join(tmpdir(), 'motorpool-tunnel-'));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  const socket = join(folder, 'docker.sock');
  const { username, hostname, port } = new URL(address);
  const options = ['BatchMode=yes', 'ExitOnForwardFailure=yes', 'ServerAliveInterval=15'];
  const args = [
    ...['-T', '-L', `${socket}:/var/run/docker.sock`, ...options.flatMap(option => ['-o', option])],
    ...[...(username ? ['-l', username] : []), ...(port ? ['-p', port] : []), ...sshArgs],
    // Says that the tunnel stands, and ends when nobody holds its other end any more.
    ...['--', hostname, 'echo open; exec cat'],
  ];
  const ssh = spawn('ssh', args, { env: process.env, detached: process.stdin.isTTY });
  process.once('exit', removeFolder);
  let messages = '';
  ssh.stderr.setEncoding('utf8').on('data', text => {
    messages += text;
  });
  const ended = new Promise<string>(resolve => {
    ssh.once('error', error => resolve(error.message));
    ssh.once('close', code => resolve(messages.trim() || `exit code ${code}`));
  });
  const opened = new Promise<null>(resolve => ssh.stdout.once('data', () => resolve(null)));
  const close = async () => {
    ssh.kill();
    await ended;
    process.off('exit', removeFolder);
    removeFolder();
  };
  const failure = await Promise.race([opened, ended]);
  if (failure === null) return { host: `unix://${socket}`, close };
  await close();
  throw new DockerError(`There is no tunnel to ${address}, for ssh says: ${failure}`);
}
