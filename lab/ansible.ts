import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { credentialsFolder, labFolder } from './credentials.ts';
import { docker, dockerClient } from './engine.ts';
import { type LabNode, nodes, sshArgs } from './nodes.ts';

/** How a playbook ended. */
export type Played = {
  code: number;
  /** All that it said, at -vv: this is what must hold no secret. */
  output: string;
  seconds: number;
  /** What it counted for each host. */
  hosts: Map<string, { changed: number; failed: number; unreachable: number }>;
};

/** What may differ from one run to the next. */
export type PlayOptions = {
  /** The hosts of the inventory; the first is manager, registry and the database's. */
  hosts?: LabNode[];
  /** Another ansible-playbook than the first on PATH. */
  command?: string;
  /** How many of them are managers; one unless it says so. */
  managers?: number;
  /** Ends the run as a power cut of the controller does: so many seconds after the task began. */
  kill?: { task: string; seconds: number };
  say?(line: string): void;
};

/** Where the outputs of all runs are kept. */
export const logFolder = 'test-output/lab/ansible';

/** Runs a playbook of ansible/ against the lab's hosts. A failing run is a result, not an error. */
export async function play(
  playbook: string,
  args: string[] = [],
  options: PlayOptions = {},
): Promise<Played> {
  const began = performance.now();
  const inventory = await writeInventory(options.hosts ?? nodes, options.managers);
  const environment = {
    ...process.env,
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_VERBOSITY: '2',
    ANSIBLE_DISPLAY_SKIPPED_HOSTS: '1', // or a task is only named when it has ended
    MOTORPOOL_DOCKER: await dockerClient(),
  };
  const command = options.command ?? 'ansible-playbook';
  const settings = ['--extra-vars', `@${await writeSettings()}`];
  const child = spawn(command, ['--inventory', inventory, ...settings, playbook, ...args], {
    env: environment,
    cwd: 'ansible',
    detached: true, // a process group, to be killed as a whole
  });
  const stop = () => child.exitCode === null && child.pid && process.kill(-child.pid, 'SIGKILL');
  process.once('exit', stop);
  let output = '';
  let unfinished = '';
  const hear = (text: string) => {
    output += text;
    const lines = `${unfinished}${text}`.split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines) options.say?.(line);
    const { kill } = options;
    if (kill && lines.some(line => line.startsWith(`TASK [${kill.task}]`)))
      setTimeout(stop, kill.seconds * 1000);
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear);
  const code = await new Promise<number>((end, fail) => {
    child.once('error', fail);
    child.once('close', ended => end(ended ?? 137));
  });
  process.off('exit', stop);
  await mkdir(logFolder, { recursive: true });
  await writeFile(join(logFolder, `${new Date().toISOString()}-${playbook}.log`), output);
  return { code, output, seconds: (performance.now() - began) / 1000, hosts: recapOf(output) };
}

/** Runs a playbook and throws with the end of what it said if it fails. */
export async function playWell(playbook: string, args?: string[], options?: PlayOptions): Promise<Played> {
  const played = await play(playbook, args, options);
  if (played.code !== 0) throw new Error(`${playbook} failed: ${played.output.slice(-3000)}`);
  return played;
}

function recapOf(output: string): Played['hosts'] {
  const rows = output.matchAll(/^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)/gm);
  return new Map(
    [...rows].map(([, host = '', changed, unreachable, failed]) => [
      host,
      { changed: Number(changed), unreachable: Number(unreachable), failed: Number(failed) },
    ]),
  );
}

/** An inventory of hosts of the lab, as YAML; the first is a manager, registry and the database's. */
export function inventoryOf(hosts: LabNode[], sshArgs: string[], managers = 1): string {
  const entries = hosts.map(({ name, address }): [string, object] => [name, { ansible_host: address }]);
  const group = (from: number, to?: number) => ({ hosts: Object.fromEntries(entries.slice(from, to)) });
  return stringify({
    all: {
      vars: { ansible_user: 'root', ansible_ssh_common_args: sshArgs.join(' ') },
      children: {
        nodes: { children: { managers: group(0, managers), workers: group(managers) } },
        registry: group(0, 1),
      },
    },
  });
}

async function writeInventory(hosts: LabNode[], managers?: number): Promise<string> {
  const file = join(labFolder, 'inventory.yml');
  await writeFile(file, inventoryOf(hosts, sshArgs, managers));
  return resolve(file);
}

/** Writes the settings of the lab (see ansible/group_vars/all.yml), for `--extra-vars @FILE`; gives the file. */
export async function writeSettings(): Promise<string> {
  const settings = {
    credentials_folder: credentialsFolder,
    backup_folder: join(labFolder, 'backups'),
    // The lab's hosts cannot pull from Docker Hub, or need not.
    mirror_base_images: true,
    registry_archive: await registryArchive(),
  };
  const file = join(labFolder, 'settings.yml');
  await writeFile(file, stringify(settings));
  return resolve(file);
}

async function registryArchive(): Promise<string> {
  const file = join(labFolder, 'registry.tar');
  if (!existsSync(file)) await docker(['save', '--output', file, 'registry:2']);
  return file;
}
