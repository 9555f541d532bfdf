import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { endWithTests } from './ending.ts';

/** How a program ended: one of the two is null. */
export type Exit = { code: number | null; signal: NodeJS.Signals | null };

/** A running program, with all the processes that it started itself. */
export type Program = {
  pid: number;
  /** All that it wrote so far, to standard output and standard error. */
  output(): string;
  exited: Promise<Exit>;
  hasExited(): boolean;
  /** Sends a signal to the program and to all the processes it started; comes back from SIGSTOP when all stand still. */
  signal(name: NodeJS.Signals): void;
  /** Asks it to stop and waits till it did; after ten seconds it is killed. */
  stop(): Promise<void>;
};

type Options = {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** A file descriptor for standard output and standard error, in place of `output()`. */
  outputTo?: number;
};

const patienceMs = 10_000;

/** Starts a program that is dead after the tests, whatever happens. Throws if it cannot be started. */
export async function startProgram(command: string, args: string[], options: Options = {}): Promise<Program> {
  const { env, cwd, outputTo = 'pipe' } = options;
  // A process group of its own: one signal reaches the workers too, which would outlive a killed master.
  const child = spawn(command, args, { env, cwd, detached: true, stdio: ['ignore', outputTo, outputTo] });
  const chunks: Buffer[] = [];
  child.stdout?.on('data', chunk => chunks.push(chunk));
  child.stderr?.on('data', chunk => chunks.push(chunk));
  await once(child, 'spawn');

  const pid = Number(child.pid);
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  const exited = new Promise<Exit>(resolve => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });

  // What it started goes with it; afterwards its number may belong to a stranger.
  child.once('exit', () => sendToGroup(pid, 'SIGKILL'));

  function signal(name: NodeJS.Signals): void {
    if (hasExited()) return;
    sendToGroup(pid, name);
    if (name === 'SIGSTOP') waitUntilStill(pid);
  }

  async function stop(): Promise<void> {
    if (hasExited()) return;
    signal('SIGCONT');
    signal('SIGTERM');
    const patience = setTimeout(() => signal('SIGKILL'), patienceMs);
    await exited;
    clearTimeout(patience);
  }

  return {
    pid,
    output: () => Buffer.concat(chunks).toString(),
    exited,
    hasExited,
    signal,
    stop: endWithTests({ stop, kill: () => signal('SIGKILL') }),
  };
}

/** The memory that a program and all the processes of its group hold, what they share counted once; 0 but on Linux. */
export function residentBytes(pid: number): number {
  if (!existsSync('/proc/self/smaps_rollup')) return 0;
  const pages = processesOf(pid).map(one => readFileSync(`/proc/${one}/smaps_rollup`, 'utf8'));
  return pages.reduce((sum, text) => sum + Number(/^Pss: +(\d+) kB/m.exec(text)?.[1]) * 1024, 0);
}

/** The processes of a program's group, oldest first; those that have ended and wait to be counted are none. */
export function processesOf(group: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' });
  const rows = stdout.matchAll(/^ *(\d+) +(\d+) +[^Z ]/gm);
  return [...rows].filter(([, , of]) => Number(of) === group).map(([, pid]) => Number(pid));
}

function sendToGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    // ESRCH: nobody is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A stop takes a moment to reach each thread, time enough for one to answer still. Only Linux shows its threads. */
function waitUntilStill(pid: number): void {
  const threads = `/proc/${pid}/task`;
  const isStill = (thread: string) =>
    /^State:\t[TZX]/m.test(readFileSync(`${threads}/${thread}/status`, 'utf8'));
  while (existsSync(threads) && !readdirSync(threads).every(isStill));
}
