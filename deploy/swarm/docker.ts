import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

/** Docker's client or engine failed; the message is what it said. */
export class DockerError extends Error {}

/** What a docker command printed. */
export type Printed = { stdout: string; stderr: string };

type Options = { input?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number };

/**
 * Runs a docker client, for what takes it more than one call of the engine (see engine.ts for the rest), as deploying
 * a stack does; again where the swarm was changing the same thing itself, but for
 * a stack, whose services would then have what is new as that to go back to. `MOTORPOOL_DOCKER` names the client where the
 * first one on PATH is not the right one. Throws a DockerError with what it printed. A Ctrl-C on a terminal does not
 * reach it.
 */
export async function docker(args: string[], options: Options = {}): Promise<Printed> {
  for (let tries = 1; ; tries += 1)
    try {
      return await runClient(args, options);
    } catch (error) {
      if (tries === 30 || args[0] === 'stack' || !`${error}`.includes('update out of sequence')) throw error;
      await pause(300);
    }
}

async function runClient(args: string[], options: Options): Promise<Printed> {
  const client = process.env.MOTORPOOL_DOCKER || 'docker';
  const { input, timeoutMs: timeout } = options;
  const env = { ...process.env, ...options.env };
  const child = spawn(client, args, { env, stdio: 'pipe', timeout, detached: process.stdin.isTTY });
  child.stdin.on('error', () => {}).end(input); // a client that ends early says why on stderr
  const ended = once(child, 'close').catch(cause => {
    throw new DockerError(`${client} cannot be run: ${cause.message}`, { cause });
  });
  const [[code], stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code === 0) return { stdout, stderr };
  throw new DockerError(
    `docker ${args.slice(0, 2).join(' ')} failed: ${stderr.trim() || `exit code ${code}`}`,
  );
}
