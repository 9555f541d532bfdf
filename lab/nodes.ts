import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { labFolder, sshKey } from './credentials.ts';
import { docker } from './run.ts';
import { until } from './until.ts';

/** A host of the lab: a container that looks like a Debian 12 machine with systemd and sshd. */
export type LabNode = { name: string; address: string; container: string };

/** The name of the lab's network, and what the names of its hosts begin with, as in hosts.yml. */
export const labName = 'motorpool-lab';

// The first three bytes of the lab's addresses; MOTORPOOL_LAB_NETWORK sets others where these are taken.
const prefix = process.env.MOTORPOOL_LAB_NETWORK ?? '172.30.77';

/** The address in the lab's network that ends with `lastByte`; reachable from this machine too. */
export function labAddress(lastByte: number): string {
  return `${prefix}.${lastByte}`;
}

/** Who may see /fleet: this machine, as the nodes see it. */
export const fleetFor = labAddress(1);

/** The lab's node number 1, 2, 3 or 4, whether it exists or not. */
export function nodeNumber(number: number): LabNode {
  const name = `node${number}`;
  return { name, address: labAddress(10 + number), container: `${labName}-${name}` };
}

/** The three nodes that every lab has. */
export const nodes: LabNode[] = [1, 2, 3].map(nodeNumber);

/** Runs `docker compose ARGS…` on the file of the lab's hosts. Throws where it fails. */
export async function composeHosts(args: string[]): Promise<string> {
  const driver = await docker(['info', '--format', '{{.CgroupDriver}}']);
  const environment = {
    MOTORPOOL_LAB_NETWORK: prefix,
    MOTORPOOL_CGROUP: driver === 'systemd' ? 'motorpool.slice' : '/motorpool.slice', // see noise.ts
  };
  return docker(['compose', '--file', join(import.meta.dirname, 'hosts.yml'), ...args], { environment });
}

/**
 * Creates the nodes, bare as Ansible finds new hosts, or starts them if they exist, and waits until they are ready.
 * Gives those that were created. Throws if this machine has such a network already.
 */
export async function ensureNodes(wanted: LabNode[]): Promise<LabNode[]> {
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    if (!name.startsWith('br-') && addresses.some(({ address }) => address.startsWith(`${prefix}.`)))
      throw new Error(`${prefix}.0/24 is taken by ${name}; choose another by MOTORPOOL_LAB_NETWORK.`);
  }
  const existing = (await composeHosts(['ps', '--all', '--format', '{{.Names}}'])).split('\n');
  await composeHosts(['up', '--detach', '--no-recreate', '--quiet-pull', ...wanted.map(({ name }) => name)]);
  await Promise.all(wanted.map(startNode));
  await Promise.all(wanted.map(authorize));
  return wanted.filter(({ container }) => !existing.includes(container));
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
}

/** Runs a line of bash in the node and gives its output. Throws where it fails. */
export function inNode(node: LabNode, command: string, input = ''): Promise<string> {
  return docker(['exec', '--interactive', node.container, 'bash', '-c', command], { input });
}

/** Runs `docker ARGS…` on the node's own engine and gives its output. Throws where it fails. */
export function dockerOn(node: LabNode, args: string[], input = ''): Promise<string> {
  return docker(['exec', '--interactive', node.container, 'docker', ...args], { input });
}

/** The file with the nodes' SSH host keys. */
export const knownHosts = join(labFolder, 'known_hosts');

/** What ssh needs to log in to a node as root, with the node's host key checked, as one would with a real server. */
export const sshArgs = [
  ...['-i', sshKey],
  ...['-o', 'StrictHostKeyChecking=yes'],
  ...['-o', `UserKnownHostsFile=${knownHosts}`],
];

// Lets the lab's key in, and learns the node's host key on a way that nobody else can write to.
async function authorize(node: LabNode): Promise<void> {
  const letIn = 'install -Dm 600 /dev/stdin /root/.ssh/authorized_keys';
  const tellKey = 'cut -d" " -f1,2 /etc/ssh/ssh_host_ed25519_key.pub';
  const hostKey = await inNode(node, `${letIn} && ${tellKey}`, await readFile(`${sshKey}.pub`, 'utf8'));
  // At one go, since the nodes come at the same time.
  const known = readFileSync(knownHosts, { encoding: 'utf8', flag: 'a+' }).split('\n');
  const others = known.filter(line => line && !line.startsWith(`${node.name},`));
  writeFileSync(knownHosts, `${[...others, `${node.name},${node.address} ${hostKey}`].join('\n')}\n`);
}
