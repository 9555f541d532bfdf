import { processesOf, startProgram } from './program.ts';

/** A command in the foreground of something like a terminal, which outlives it and so shows what it leaves behind. */
export type Terminal = {
  output(): string;
  /** As a terminal does: an interrupt to every process of the group. */
  pressCtrlC(): void;
  /** The process ids of the command and of all that it started, the command's first. */
  processes(): number[];
  /** Ends whatever is left. */
  close(): Promise<void>;
};

// A handler that does nothing, unlike an ignored signal, is not inherited by the command. One pipe for both outputs keeps
// their order.
const script = 'exec 2>&1; trap : INT; "$@"; echo "Ended with exit code $?."; exec tail -f /dev/null';

/** Runs a command in a terminal; when it has ended, its exit code stands in the output. */
export async function startInTerminal(
  command: string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<Terminal> {
  const shell = await startProgram('sh', ['-c', script, 'sh', ...command], { env, cwd });
  return {
    output: shell.output,
    pressCtrlC: () => shell.signal('SIGINT'),
    processes: () => processesOf(shell.pid).filter(pid => pid !== shell.pid),
    close: shell.stop,
  };
}
