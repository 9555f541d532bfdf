import { spawn } from 'node:child_process';

/** Docker's client or engine failed; the message is what it said. */
export class DockerError extends Error {}

/** What a docker command printed. */
export type Printed = { stdout: string; stderr: string };

/**
 * Runs a docker client, for what takes it more than one call of the engine (see engine.ts for the rest), as deploying
 * a stack does. `MOTORPOOL_DOCKER` names the client where the first one on PATH is not the right one. Throws a
 * DockerError with what it printed. A Ctrl-C on a terminal does not reach it.
 */
export function docker(
  args: string[],
  options: { input?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<Printed> {
  const client = process.env.MOTORPOOL_DOCKER || 'docker';
  return new Promise((resolve, reject) => {
    const { timeoutMs: timeout } = options;
    const env = { ...process.env, ...options.env };
    const child = spawn(client, args, { env, stdio: 'pipe', timeout, detached: process.stdin.isTTY });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', text => {
      stderr += text;
    });
    child.once('error', error =>
      reject(new DockerError(`${client} cannot be run: ${error.message}`, { cause: error })),
    );
    child.once('close', code => {
      if (code === 0) resolve({ stdout, stderr });
      else
        reject(
          new DockerError(
            `docker ${args.slice(0, 2).join(' ')} failed: ${stderr.trim() || `exit code ${code}`}`,
          ),
        );
    });
    child.stdin.on('error', () => {}); // a client that ends early says why on stderr
    child.stdin.end(options.input ?? '');
  });
}
