import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../tests/support/free-port.ts';
import { until } from '../tests/support/until.ts';

const ended = async (stream: Readable | null) => stream && once(stream, 'end');

/** Starts test-program.ts as a process; `await using` kills it, if it still runs. */
export async function forked(environment: Record<string, string> = {}) {
  const port = await freePort();
  const env = { PATH: process.env.PATH, PORT: `${port}`, HOST: '127.0.0.1', DRAIN_MS: '0', ...environment };
  const program = join(import.meta.dirname, 'test-program.ts');
  const child = fork(program, { env, execArgv: [], cwd: import.meta.dirname, silent: true });
  // Not 'close', which never comes after a disconnect from this side.
  const exited = Promise.all([once(child, 'exit'), ...[child.stdout, child.stderr].map(ended)]).then(
    ([[code, signal]]) => ({ code, signal }),
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (output += chunk));
  return {
    child,
    exited,
    output: () => output,
    connect: async (bytes: string) => {
      const socket = connect({ port, host: '127.0.0.1' });
      await once(socket, 'connect');
      socket.write(bytes);
      await pause(100); // for it to arrive
      return socket;
    },
    ask: (path: string) => fetch(`http://127.0.0.1:${port}${path}`),
    says: (text: string) => until(`it said ${text}`, () => output.includes(text)),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
