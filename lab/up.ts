import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { labFolder, makeSshKey } from './credentials.ts';
import { docker, dockerClient } from './engine.ts';
import { ensureBareNode } from './host-state.ts';
import { composeHosts, labName, nodes } from './nodes.ts';
import { step } from './progress.ts';
import { run } from './run.ts';

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

/** Removes everything that the lab made, images aside. Throws if a container, network, volume, mount, process or folder is left. */
export async function down(): Promise<void> {
  const containers = await list(['ps', '--all', '--quiet', '--no-trunc', '--filter', `network=${labName}`]);
  const format = '{{.GraphDriver.Data.MergedDir}}{{range .Mounts}} {{.Name}}{{end}}';
  const folders = containers.length > 0 ? await docker(['inspect', '--format', format, ...containers]) : '';
  const traces = [...containers, ...folders.split(/\s+/).filter(Boolean), labFolder];
  // The hosts, and what was with them in their network.
  if (containers.length > 0) await docker(['rm', '--force', '--volumes', ...containers]);
  await composeHosts(['down', '--volumes', '--remove-orphans']);
  await rm(labFolder, { recursive: true, force: true });
  const left = await findLeft(traces);
  if (left.length > 0) throw new Error(`This is left of the lab:\n${left.join('\n')}`);
}

async function findLeft(traces: string[]): Promise<string[]> {
  const named = ['--filter', `name=^/?${labName}(-node[0-9])?$`];
  const found = [
    ...(await list(['volume', 'ls', '--format', 'volume {{.Name}}'])),
    ...(await mountsAndProcesses()),
  ];
  return [
    ...(await list(['ps', '--all', '--format', 'container {{.Names}}', ...named])),
    ...(await list(['network', 'ls', '--format', 'network {{.Name}}', ...named])),
    ...found.filter(line => traces.some(trace => line.includes(trace))),
    ...(existsSync(labFolder) ? [`folder ${labFolder}`] : []),
  ];
}

async function list(args: string[]): Promise<string[]> {
  const output = await docker(args);
  return output ? output.split('\n') : [];
}

// Every mount and every process's command line, where the system shows them (Linux).
async function mountsAndProcesses(): Promise<string[]> {
  if (!existsSync('/proc/self/mountinfo')) return [];
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const processes = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const commands = processes.map(async id => {
    const line = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    return `process ${id} ${line.replaceAll('\0', ' ')}`;
  });
  return [...mounts.map(mount => `mount ${mount}`), ...(await Promise.all(commands))];
}
