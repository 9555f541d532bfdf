import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { labFolder, makeSshKey } from './credentials.ts';
import { ensureBareNode } from './host-state.ts';
import { composeHosts, labName, nodes } from './nodes.ts';
import { docker, dockerClient, run } from './run.ts';
import { step } from './until.ts';

/** Brings up three bare hosts, for Ansible to make a swarm of; what is up already stays as it is. */
export async function up(): Promise<void> {
  await step('Docker Engine answers', dockerClient);
  await step('The base images are there', () =>
    run('bash', [join(import.meta.dirname, 'base-images.sh')], { showMessages: true }),
  );
  if (!existsSync(labFolder)) await step('Nothing is left of an earlier lab', down);
  await step('The lab has a key for SSH', makeSshKey);
  await step('Three bare hosts are ready', () => ensureBareNode(...nodes));
}

/** Removes everything that the lab made, images aside. Throws if a container, network, volume or folder is left. */
export async function down(): Promise<void> {
  const containers = await list(['ps', '--all', '--quiet', '--no-trunc', '--filter', `network=${labName}`]);
  const format = '{{range .Mounts}}{{.Name}} {{end}}';
  const mounted = containers.length > 0 ? await docker(['inspect', '--format', format, ...containers]) : '';
  const volumes = mounted.split(/\s+/).filter(Boolean);
  // The hosts, and what was with them in their network.
  if (containers.length > 0) await docker(['rm', '--force', '--volumes', ...containers]);
  await composeHosts(['down', '--volumes', '--remove-orphans']);
  await rm(labFolder, { recursive: true, force: true });
  const named = ['--filter', `name=^/?${labName}(-node[0-9])?$`];
  const left = [
    ...(await list(['ps', '--all', '--format', 'container {{.Names}}', ...named])),
    ...(await list(['network', 'ls', '--format', 'network {{.Name}}', ...named])),
    ...(await list(['volume', 'ls', '--quiet'])).filter(volume => volumes.includes(volume)),
    ...(existsSync(labFolder) ? [`folder ${labFolder}`] : []),
  ];
  if (left.length > 0) throw new Error(`This is left of the lab:\n${left.join('\n')}`);
}

async function list(args: string[]): Promise<string[]> {
  return (await docker(args)).split('\n').filter(Boolean);
}
