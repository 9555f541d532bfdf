import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = '/sys/fs/cgroup';
const isVersion2 = existsSync(join(root, 'cgroup.controllers'));
// Version 1 counts CPU time in a tree of its own; version 2 wants processes in leaves only, and containers are beside.
const cgroup = join(root, isVersion2 ? '' : 'cpuacct', 'motorpool.slice');
const processes = isVersion2 ? join(cgroup, 'processes') : cgroup;
const counter = join(cgroup, isVersion2 ? 'cpu.stat' : 'cpuacct.usage');
const isMember = isVersion2 ? /^0::.*\/motorpool\.slice/m : /^\d+:[^:]*cpuacct[^:]*:.*\/motorpool\.slice/m;

/**
 * Puts this process, and whatever it starts from now on, into the lab's own cgroup, where the lab's hosts are, and the
 * engine if engine.sh has started it. Does nothing where this process may not.
 */
export async function joinOwnCgroup(): Promise<void> {
  await mkdir(processes, { recursive: true })
    .then(() => writeFile(join(processes, 'cgroup.procs'), `${process.pid}`))
    .catch(() => {});
}

/** The seconds of CPU that the lab's own cgroup has used so far, all of it; null where this process is not in it. */
export async function ownCpuSeconds(): Promise<number | null> {
  try {
    if (!isMember.test(await readFile('/proc/self/cgroup', 'utf8'))) return null;
    const used = /^(?:usage_usec )?(\d+)$/m.exec(await readFile(counter, 'utf8'))?.[1];
    return used ? Number(used) / (isVersion2 ? 1e6 : 1e9) : null;
  } catch {
    return null;
  }
}
