import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The variable by which Jenkins finds all that a build has started, in whatever group or session it is. */
export const cookie = 'JENKINS_NODE_COOKIE';

/** How long what was asked to end may take before it is killed, in ms. */
const patienceMs = 3000;

/**
 * Runs a script as Jenkins' `sh` does: from a file, by `sh -xe`, without standard input; what it leaves in the background
 * is not waited for. Gives its exit code; null if `deadline` (ms since 1970) passed first, when all with its cookie ends.
 */
export async function runScript(
  script: string,
  folder: string,
  environment: NodeJS.ProcessEnv,
  deadline: number,
): Promise<{ code: number | null; output: string }> {
  const own = mkdtempSync(join(tmpdir(), 'motorpool-step-'));
  const [file, log] = [join(own, 'script.sh'), join(own, 'log')];
  writeFileSync(file, script);
  const output = openSync(log, 'a');
  const calledOff = new AbortController();
  try {
    const child = spawn('/bin/sh', ['-xe', file], {
      ...{ cwd: folder, env: environment, stdio: ['ignore', output, output] },
    });
    const ended = once(child, 'exit').then(([code]) => Number(code ?? 1));
    const wait = Math.min(Math.max(0, deadline - Date.now()), 2 ** 31 - 1);
    const over = pause(wait, null, { signal: calledOff.signal }).catch(() => null);
    const code = await Promise.race([ended, over]);
    if (code === null) await endAll(environment[cookie] ?? '');
    await ended;
    return { code, output: readFileSync(log, 'utf8') };
  } finally {
    calledOff.abort();
    closeSync(output);
    rmSync(own, { recursive: true });
  }
}

/** Ends all processes with a cookie; what does not go when it is asked to is killed. */
export async function endAll(value: string): Promise<void> {
  const patience = Date.now() + patienceMs;
  signalAll(value, 'SIGTERM');
  while (processesWith(value).length > 0) {
    if (Date.now() > patience) signalAll(value, 'SIGKILL');
    await pause(50);
  }
}

/** Sends a signal to all processes with a cookie. */
export function signalAll(value: string, signal: NodeJS.Signals): void {
  for (const pid of processesWith(value)) {
    try {
      process.kill(pid, signal);
    } catch {} // it has ended meanwhile
  }
}

function processesWith(value: string): number[] {
  return readProcesses('environ')
    .filter(({ text }) => text.split('\0').includes(`${cookie}=${value}`))
    .map(({ pid }) => pid);
}

/** What /proc says of every process that may be looked at: its environment or its command line, parted by \0. */
export function readProcesses(file: 'environ' | 'cmdline'): { pid: number; text: string }[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        return [{ pid: Number(name), text: readFileSync(join('/proc', name, file), 'utf8') }];
      } catch {
        return []; // it has ended meanwhile, or is another user's
      }
    });
}
