import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = '/sys/fs/cgroup';
const isVersion2 = existsSync(join(root, 'cgroup.controllers'));
// Under version 1 the CPU time is counted in a tree of its own; under version 2 only leaves may hold processes.
const cgroup = join(root, isVersion2 ? '' : 'cpuacct', 'motorpool.slice');
const processes = isVersion2 ? join(cgroup, 'processes') : cgroup;

/**
 * Puts this process, and whatever it starts from now on, into the lab's own cgroup, beside the engine that engine.sh
 * starts and above the lab's hosts. Does nothing where this process may not.
 */
export async function joinOwnCgroup(): Promise<void> {
  await mkdir(processes, { recursive: true })
    .then(() => writeFile(join(processes, 'cgroup.procs'), `${process.pid}`))
    .catch(() => {});
}

/** The seconds of CPU that all of the lab's own cgroup has used so far; null where that is not counted. */
export async function ownCpuSeconds(): Promise<number | null> {
  const counter = join(cgroup, isVersion2 ? 'cpu.stat' : 'cpuacct.usage');
  const text = await readFile(counter, 'utf8').catch(() => '');
  const used = /^(?:usage_usec )?(\d+)$/m.exec(text)?.[1];
  return used ? Number(used) / (isVersion2 ? 1e6 : 1e9) : null;
}
