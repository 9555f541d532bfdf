import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { inventoryOf, writeSettings } from '../ansible.ts';
import { registryPassword, sshKey } from '../credentials.ts';
import { dockerClient } from '../engine.ts';
import { knownHosts, nodes } from '../nodes.ts';
import { registryAddress, registryUser } from '../registry.ts';
import { type Built, build } from './agent.ts';
import { makeAgentPath, pipelineWorkspace, type Workspace, writeCredentials } from './workspace.ts';

/** What stands in for a Jenkins of the lab: a workspace, the two credentials, an agent. */
export type Jenkins = {
  workspace: Workspace;
  /** Runs the workspace's Jenkinsfile with parameters. */
  build(parameters: Record<string, string>): Promise<Built>;
  /** The names of the secrets of which a part stands in a text. */
  secretsIn(text: string): string[];
};

let builds = 0;

const keysChecked = ['-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${knownHosts}`];

/** Makes all that a Jenkins would have of the lab. */
export async function openJenkins(): Promise<Jenkins> {
  const workspace = await pipelineWorkspace();
  const folder = dirname(workspace.folder);
  const password = await registryPassword();
  const key = await readFile(sshKey, 'utf8');
  const credentials = await writeCredentials(join(folder, 'credentials'), {
    registry: { username: registryUser, password },
    nodes: { key },
  });
  const path = await makeAgentPath(join(folder, 'bin'));
  const inventory = join(folder, 'inventory.yml');
  // Without the key for the hosts: that comes from Jenkins' credentials.
  await writeFile(inventory, inventoryOf(nodes, keysChecked));
  const settings = await writeSettings();
  // The password as it is, and as clients of registries write it; whole lines of the key but the first and the last.
  const secrets: Record<string, string[]> = {
    "the registry's password": [password, Buffer.from(`${registryUser}:${password}`).toString('base64')],
    'the SSH key': key.trim().split('\n').slice(1, -1),
  };
  return {
    workspace,
    async build(parameters) {
      builds += 1;
      const way = await openWayToRegistry();
      try {
        const environment = {
          REGISTRY: way.address,
          SETTINGS: settings,
          MOTORPOOL_DOCKER: await dockerClient(),
        };
        return await build(
          {
            ...{ workspace: workspace.folder, archive: join(folder, `archive-${builds}`), credentials, path },
            ...{ number: builds, environment, parameters: { INVENTORY: inventory, ...parameters } },
          },
          Object.values(secrets).flat(),
        );
      } finally {
        way.close();
      }
    },
    secretsIn: text =>
      Object.entries(secrets)
        .filter(([, parts]) => parts.some(part => text.includes(part)))
        .map(([name]) => name),
  };
}

// This machine's engine trusts a registry on 127.0.0.1 without a certificate, so its settings stay as they are.
async function openWayToRegistry(): Promise<{ address: string; close(): void }> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  const ssh = spawn('ssh', [
    ...['-T', '-i', sshKey, '-o', 'BatchMode=yes', '-o', 'ExitOnForwardFailure=yes', ...keysChecked],
    ...['-L', `127.0.0.1:${port}:${registryAddress}`, `root@${nodes[0]?.address}`, 'echo open; exec cat'],
  ]);
  process.once('exit', () => ssh.kill());
  await new Promise<void>((resolve, reject) => {
    ssh.stdout.once('data', () => resolve());
    ssh.once('close', () => reject(new Error(`There is no way to the registry at ${registryAddress}.`)));
  });
  return { address: `127.0.0.1:${port}`, close: () => ssh.kill() };
}
