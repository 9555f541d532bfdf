import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export type RunOptions = {
  /** What the command reads from its standard input. */
  input?: string;
  /** Added to this process's environment. */
  environment?: Record<string, string>;
  /** Lets the command's messages through to the terminal as they come. */
  showMessages?: boolean;
};

/** Runs a command to its end and gives its standard output, trimmed. Throws with what it said where it ends with another exit code than 0. */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const env = { ...process.env, ...options.environment };
  const running = execute(command, args, { env, maxBuffer: Number.POSITIVE_INFINITY });
  const { stdin, stderr } = running.child;
  if (options.showMessages) stderr?.pipe(process.stderr);
  stdin?.on('error', () => {}).end(options.input); // a command may end before it has read all of its input
  try {
    return (await running).stdout.trim();
  } catch (cause) {
    const { code, stdout, stderr } = cause as { code: number | string; stdout: string; stderr: string };
    const line = [command, ...args].join(' ').slice(0, 300);
    throw new Error(`\`${line}\` ended with exit code ${code ?? 1}: ${(stderr || stdout).trim()}`);
  }
}

const script = join(import.meta.dirname, 'engine.sh');
let client: Promise<string> | undefined;

/** The path of the `docker` to use on this machine; installs and starts an engine where none answers. */
export function dockerClient(): Promise<string> {
  client ??= run('bash', [script], { showMessages: true });
  return client;
}

/** Runs `docker ARGS…` on this machine's engine and gives its output. Throws where it fails. */
export async function docker(args: string[], options?: RunOptions): Promise<string> {
  return run(await dockerClient(), args, options);
}

/** Stops the engine that `dockerClient` started; one that was there before is left alone. */
export async function stopEngine(): Promise<void> {
  await run('bash', [script, 'stop'], { showMessages: true });
  client = undefined;
}
