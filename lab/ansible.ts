import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import { credentialsFolder, labFolder } from './credentials.ts';
import { type LabNode, nodes, sshArgs } from './nodes.ts';
import { docker, dockerClient } from './run.ts';

/** How a playbook ended. */
export type Played = {
  /** The exit code; 137 of one that was killed. */
  code: number;
  /** All that it said, at -vv: this is what must hold no secret. */
  output: string;
  seconds: number;
  /** How many tasks changed something, by host. */
  changed: Map<string, number>;
};

/** What may differ from one run to the next. */
export type PlayOptions = {
  /** The hosts of the inventory; the first is manager, registry and the database's. */
  hosts?: LabNode[];
  /** How many of them are managers; one unless it says so. */
  managers?: number;
  /** Another ansible-playbook than the first on PATH. */
  command?: string;
  /** Ends the run as a power cut of the controller does, as soon as `when` gives true during the task. */
  kill?: { task: string; when(): Promise<boolean> };
  say?(line: string): void;
};

/** Where the outputs of all runs are kept. */
export const logFolder = 'test-output/lab/ansible';

/** The names of the outputs that this process has written there. */
export const logsWritten: string[] = [];

/** Runs a playbook of ansible/ against the lab's hosts. A failing run is a result, not an error. */
export async function play(
  playbook: string,
  args: string[] = [],
  { hosts = nodes, managers, command = 'ansible-playbook', kill, say }: PlayOptions = {},
): Promise<Played> {
  const began = performance.now();
  const env = {
    ...process.env,
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_VERBOSITY: '2',
    ANSIBLE_DISPLAY_SKIPPED_HOSTS: '1', // or a task is only named when it has ended
    MOTORPOOL_DOCKER: await dockerClient(),
  };
  const inventory = await writeYaml('inventory', inventoryOf(hosts, sshArgs, managers));
  const given = ['--inventory', inventory, '--extra-vars', `@${await writeSettings()}`];
  const child = spawn(command, [...given, playbook, ...args], {
    env,
    cwd: 'ansible',
    detached: true, // a process group, to be killed as a whole
  });
  const end = once(child, 'close');
  const runs = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const stop = () => runs() && process.kill(-Number(child.pid), 'SIGKILL');
  process.once('exit', stop);
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr])
    createInterface({ input }).on('line', line => {
      lines.push(line);
      say?.(line);
    });
  const isAt = (task: string) => runs() && lines.findLast(isTask)?.startsWith(`TASK [${task}]`);
  while (kill && runs()) {
    if (isAt(kill.task) && (await kill.when()) && isAt(kill.task)) stop();
    await pause(100);
  }
  const [code] = await end;
  process.off('exit', stop);
  const output = `${lines.join('\n')}\n`;
  const log = `${new Date().toISOString()}-${playbook}.log`;
  await mkdir(logFolder, { recursive: true });
  await writeFile(join(logFolder, log), output);
  logsWritten.push(log);
  const recap = output.matchAll(/^(\S+)\s+: ok=\d+\s+changed=(\d+)/gm);
  const changed = new Map([...recap].map(([, host = '', count]) => [host, Number(count)]));
  return { code: code ?? 137, output, seconds: (performance.now() - began) / 1000, changed };
}

/** Whether a line of an output is the heading of a task. */
export function isTask(line: string): boolean {
  return line.startsWith('TASK [');
}

/** Runs a playbook and throws with the end of what it said if it fails. */
export async function playWell(playbook: string, args?: string[], options?: PlayOptions): Promise<Played> {
  const played = await play(playbook, args, options);
  if (played.code !== 0) throw new Error(`${playbook} failed: ${played.output.slice(-3000)}`);
  return played;
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

/** Writes the settings of the lab (see ansible/group_vars/all.yml), for `--extra-vars @FILE`; gives the file. */
export async function writeSettings(): Promise<string> {
  const archive = join(labFolder, 'registry.tar');
  if (!existsSync(archive)) await docker(['save', '--output', archive, 'registry:2']);
  const settings = {
    credentials_folder: credentialsFolder,
    backup_folder: join(labFolder, 'backups'),
    // The lab's hosts cannot pull from Docker Hub, or need not.
    mirror_base_images: true,
    registry_archive: archive,
  };
  return writeYaml('settings', stringify(settings));
}

async function writeYaml(name: string, text: string): Promise<string> {
  const file = resolve(labFolder, `${name}.yml`);
  await writeFile(file, text);
  return file;
}
