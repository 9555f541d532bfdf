import { spawn } from 'node:child_process';

export type RunOptions = {
  /** What the command reads from its standard input. */
  input?: string;
  /** Added to this process's environment. */
  environment?: Record<string, string>;
  /** Lets the command's messages through to the terminal as they come. */
  showMessages?: boolean;
};

/** Thrown by `run` for a command that ends with another exit code than 0. */
export class CommandFailed extends Error {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;

  constructor(command: string, exitCode: number, stdout: string, stderr: string) {
    super(`\`${command}\` ended with exit code ${exitCode}: ${(stderr || stdout).trim()}`);
    this.exitCode = exitCode;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/** Runs a command to its end and gives its standard output, trimmed. Throws CommandFailed. */
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
      reject(new CommandFailed([command, ...args].join(' ').slice(0, 300), code ?? 1, stdout, stderr));
    });
    child.stdin.on('error', () => {}); // a command may end before it has read all of its input
    child.stdin.end(options.input ?? '');
  });
}
