import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { labFolder } from './credentials.ts';
import { docker } from './engine.ts';
import { labName } from './network.ts';

// Labelled with no value: so are not the nodes of another lab, which have the label of their image.
const labelled = ['--filter', `label=${labName}=`];

/** Removes everything that the lab made, images aside. Throws if a container, network, volume, mount or process is left. */
export async function down(): Promise<void> {
  const containers = await list(['ps', '--all', '--quiet', '--no-trunc', ...labelled]);
  const traces = [...containers, ...(await rootFolders(containers)), labFolder];
  if (containers.length > 0) await docker(['rm', '--force', '--volumes', ...containers]);
  const volumes = await list(['volume', 'ls', '--quiet', ...labelled]);
  if (volumes.length > 0) await docker(['volume', 'rm', '--force', ...volumes]);
  const networks = await list(['network', 'ls', '--quiet', ...labelled]);
  if (networks.length > 0) await docker(['network', 'rm', ...networks]);
  await rm(labFolder, { recursive: true, force: true });
  const left = await findLeft(traces);
  if (left.length > 0) throw new Error(`This is left of the lab:\n${left.join('\n')}`);
}

async function findLeft(traces: string[]): Promise<string[]> {
  const named = ['--filter', `name=${labName}`];
  return [
    ...(await list(['ps', '--all', '--format', 'container {{.Names}}', ...named])),
    ...(await list(['volume', 'ls', '--format', 'volume {{.Name}}', ...named])),
    ...(await list(['network', 'ls', '--format', 'network {{.Name}}', ...named])),
    ...(await mountsAndProcesses()).filter(line => traces.some(trace => line.includes(trace))),
    ...(existsSync(labFolder) ? [`folder ${labFolder}`] : []),
  ];
}

async function list(args: string[]): Promise<string[]> {
  const output = await docker(args);
  return output ? output.split('\n') : [];
}

async function rootFolders(containers: string[]): Promise<string[]> {
  if (containers.length === 0) return [];
  return list(['inspect', '--format', '{{.GraphDriver.Data.MergedDir}}', ...containers]);
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
