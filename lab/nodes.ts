import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labFolder, sshKey } from './credentials.ts';
import { docker, exists } from './engine.ts';
import { labAddress, labName } from './network.ts';
import { until } from './until.ts';

/** A host of the lab: a container that looks like a Debian 12 machine with systemd and sshd. */
export type LabNode = { name: string; address: string; container: string };

/** The lab's node number 1, 2, 3, … whether it exists or not. */
export function nodeNumber(number: number): LabNode {
  const name = `node${number}`;
  return { name, address: labAddress(10 + number), container: `${labName}-${name}` };
}

/** The three nodes that every lab has. */
export const nodes: LabNode[] = [1, 2, 3].map(nodeNumber);

/**
 * Creates the node, bare as Ansible finds a new host, or starts it if it exists, and waits until it is ready. Gives
 * whether it was created.
 */
export async function ensureNode(node: LabNode): Promise<boolean> {
  const isNew = !(await exists('container', node.container));
  if (isNew) await createNode(node);
  await startNode(node);
  await authorize(node);
  return isNew;
}

/** Kills the node as a power cut does. Its disk stays. */
export async function killNode(node: LabNode): Promise<void> {
  await docker(['kill', node.container]);
}

/** Starts the node, if it does not run, and waits until it is ready. */
export async function startNode(node: LabNode): Promise<void> {
  await docker(['start', node.container]);
  const ready = 'systemctl is-active ssh && { ! command -v dockerd || docker version; }';
  await until(`${node.name} is ready`, async () => (await inNode(node, ready)) !== '', 60);
}

/** Removes the node and its disk. */
export async function removeNode(node: LabNode): Promise<void> {
  await docker(['rm', '--force', '--volumes', node.container]);
  await docker(['volume', 'rm', '--force', ...disks(node).map(({ volume }) => volume)]);
}

/** Runs a line of bash in the node and gives its output. Throws CommandFailed. */
export function inNode(node: LabNode, command: string, input?: string): Promise<string> {
  const args = ['exec', '--interactive', node.container, 'bash', '-c', command];
  return docker(args, input === undefined ? {} : { input });
}

/** Runs `docker ARGS…` on the node's own engine and gives its output. Throws CommandFailed. */
export function dockerOn(node: LabNode, args: string[], input?: string): Promise<string> {
  return docker(
    ['exec', '--interactive', node.container, 'docker', ...args],
    input === undefined ? {} : { input },
  );
}

function disks(node: LabNode) {
  return ['docker', 'containerd'].map(name => ({
    volume: `${node.container}-${name}`,
    path: `/var/lib/${name}`,
  }));
}

async function createNode(node: LabNode): Promise<void> {
  const rights = ['--cap-add=ALL', '--device-cgroup-rule=a *:* rwm'];
  const unconfined = ['seccomp', 'apparmor', 'systempaths'].map(name => `--security-opt=${name}=unconfined`);
  for (const { volume } of disks(node)) await docker(['volume', 'create', '--label', labName, volume]);
  await docker([
    ...['run', '--detach', '--name', node.container, '--hostname', node.name, '--label', labName],
    ...['--network', labName, '--ip', node.address, '--network-alias', node.name],
    ...[
      ...rights,
      ...unconfined,
      '--cgroupns=private',
      '--tmpfs=/run',
      '--tmpfs=/run/lock',
      '--tmpfs=/tmp:exec',
    ],
    ...disks(node).map(({ volume, path }) => `--volume=${volume}:${path}`),
    'motorpool-lab/host',
  ]);
}

/** The file with the nodes' SSH host keys. */
export const knownHosts = join(labFolder, 'known_hosts');

/** What ssh needs to log in to a node as root, with the node's host key checked, as one would with a real server. */
export const sshArgs = [
  '-i',
  sshKey,
  '-o',
  'StrictHostKeyChecking=yes',
  '-o',
  `UserKnownHostsFile=${knownHosts}`,
];

// Lets the lab's key in, and learns the node's host key on a way that nobody else can write to.
async function authorize(node: LabNode): Promise<void> {
  await inNode(
    node,
    'install -Dm 600 /dev/stdin /root/.ssh/authorized_keys',
    await readFile(`${sshKey}.pub`, 'utf8'),
  );
  const hostKey = await inNode(node, 'cut -d" " -f1,2 /etc/ssh/ssh_host_ed25519_key.pub');
  const known = await readFile(knownHosts, 'utf8').catch(() => '');
  const others = known.split('\n').filter(line => line && !line.startsWith(`${node.name},`));
  await writeFile(knownHosts, `${[...others, `${node.name},${node.address} ${hostKey}`].join('\n')}\n`);
}
