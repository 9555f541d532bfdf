import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program of the machine that tests run against; `find` gives its path, or undefined where it is missing. */
type Part = { find(): string | undefined; toInstall: string };

/** The name of a program that tests run against. */
export type PartName = keyof typeof parts;

/** What `unshare` is told, for a program with mounts and process numbers of its own, and root's rights over them. */
export const apart = [
  ...['--mount', '--pid', '--fork', '--mount-proc'],
  ...(process.getuid?.() ? ['--map-root-user'] : []),
];

const parts = {
  mysqld: {
    find: () => onPath('mysqld') ?? onPath('mariadbd'),
    toInstall: 'MySQL 8.4 or newer (or MariaDB), with mysqld on the PATH',
  },
  nginx: {
    find: () => onPath('nginx', resolvesServers),
    toInstall: 'NGINX 1.27.3 or newer, with nginx on the PATH',
  },
  chromium: {
    find: () => onPath('chromium') ?? onPath('chromium-browser') ?? onPath('google-chrome'),
    toInstall: 'Chromium, with chromium on the PATH',
  },
  prometheus: { find: () => onPath('prometheus'), toInstall: 'Prometheus' },
  alertmanager: {
    find: () => onPath('prometheus-alertmanager') ?? onPath('alertmanager'),
    toInstall: 'Alertmanager',
  },
  'node-exporter': {
    find: () => onPath('prometheus-node-exporter') ?? onPath('node_exporter'),
    toInstall: "Prometheus' node exporter",
  },
  'mysqld-exporter': {
    find: () => onPath('prometheus-mysqld-exporter') ?? onPath('mysqld_exporter'),
    toInstall: "Prometheus' exporter for MySQL",
  },
  unshare: {
    find: () => onPath('unshare', path => spawnSync(path, [...apart, 'true']).status === 0),
    toInstall: 'Linux, with unshare on the PATH and leave to mount in namespaces of its own',
  },
  'ansible-playbook': { find: () => onPath('ansible-playbook'), toInstall: 'Ansible' },
} satisfies Record<string, Part>;

/** The path of a program; undefined if it is not on this machine, or too old. */
export function findPart(name: PartName): string | undefined {
  return parts[name].find();
}

/** The path of a program; throws an Error that names what to install. */
export function requirePart(name: PartName): string {
  const path = findPart(name);
  if (path === undefined) throw new Error(`Install ${whatToInstall(name)}.`);
  return path;
}

/** What a person has to install for a part, as words of a sentence. */
export function whatToInstall(name: PartName): string {
  return parts[name].toInstall;
}

function onPath(name: string, suits: (path: string) => boolean = () => true): string | undefined {
  // Servers live in sbin, which is not on everyone's PATH.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin'];
  return folders.map(folder => join(folder, name)).find(path => isExecutable(path) && suits(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether an NGINX knows `server … resolve`, which came to the free one with 1.27.3. */
function resolvesServers(nginx: string): boolean {
  const [, version = '0'] = /nginx\/([\d.]+)/.exec(spawnSync(nginx, ['-v']).stderr.toString()) ?? [];
  return version.localeCompare('1.27.3', 'en', { numeric: true }) >= 0;
}
