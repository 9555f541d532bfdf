import { spawn } from 'node:child_process';
import { join } from 'node:path';

export type RunOptions = {
  /** What the command reads from its standard input. */
  input?: string;
  /** Added to this process's environment. */
  environment?: Record<string, string>;
  /** Lets the command's messages through to the terminal as they come. */
  showMessages?: boolean;
};

/** Runs a command to its end and gives its standard output, trimmed. Throws with what it said where it ends with another exit code than 0. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...options.environment } });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (options.showMessages) process.stderr.write(text);
    });
    child.on('error', reject);
    child.on('close', code => {
      if (code === 0) return resolve(stdout.trim());
      const line = [command, ...args].join(' ').slice(0, 300);
      reject(new Error(`\`${line}\` ended with exit code ${code ?? 1}: ${(stderr || stdout).trim()}`));
    });
    child.stdin.on('error', () => {}); // a command may end before it has read all of its input
    child.stdin.end(options.input ?? '');
  });
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
