import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { comeFirst } from './priority.ts';

/**
 * What a second had beside the lab: the CPU seconds that others took (processes outside the lab's cgroup, and other
 * machines on the same processor), and how late the calibrator woke up, in ms. `at` is its end, in ms since 1970.
 */
export type MachineSecond = { at: number; outside: number; delay: number };

/** Someone who watches what else the machine does. */
export type Watch = {
  /** The seconds between two times (ms since 1970), when the last of them has passed. */
  between(from: number, to: number): Promise<MachineSecond[]>;
  stop(): void;
};

const outsideCores = 0.3;
const leastDelayMs = 250; // our own engines hold the kernel's locks for half as long
const delayFactor = 4;

/**
 * Starts the calibrator, a process of the highest priority: the lab's own engines, and a product that burns CPU, hardly
 * keep it waiting, so what does is not theirs.
 */
export async function watchMachine(): Promise<Watch> {
  const child = fork(new URL('./calibrator.ts', import.meta.url), {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  comeFirst(child, -20, true); // else more seconds look noisy, and never fewer
  const seconds: MachineSecond[] = [];
  child.on('message', second => seconds.push(second as MachineSecond));
  await once(child, 'message');
  return {
    async between(from, to) {
      while ((seconds.at(-1)?.at ?? 0) < to) await once(child, 'message');
      return seconds.filter(({ at }) => at > from && at - 1000 < to);
    },
    stop: () => child.kill(),
  };
}

/**
 * Whether somebody else had the machine in a second. `calmDelay` is the calibrator's usual delay (ms) under the same
 * load, when nothing happens.
 */
export function isNoisy({ outside, delay }: MachineSecond, calmDelay: number): boolean {
  return outside > outsideCores || delay > Math.max(leastDelayMs, delayFactor * calmDelay);
}

/** What was seen of others, as a sentence; null if every second was calm. */
export function noiseText(seconds: MachineSecond[], calmDelay: number): string | null {
  const noisy = seconds.filter(second => isNoisy(second, calmDelay));
  if (noisy.length === 0) return null;
  const cores = Math.max(...noisy.map(({ outside }) => outside)).toFixed(1);
  const delay = Math.round(Math.max(...noisy.map(({ delay }) => delay)));
  return `In ${noisy.length} of ${seconds.length} seconds others had the machine: up to ${cores} of its cores, and a process of the highest priority waited up to ${delay} ms (in calm ${Math.round(calmDelay)} ms).`;
}

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
