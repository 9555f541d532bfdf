import { type ChildProcess, fork } from 'node:child_process';
import { createServer } from 'node:net';
import { config } from 'dotenv';

/** Starts the four services on this machine, with the embedded database unless .env names another, until Ctrl-C. */

config({ quiet: true });

const page = { name: 'service1', variable: 'PORT', port: portOf('PORT', 8080) };
const others = [
  { name: 'service2', variable: 'SERVICE2_PORT', port: portOf('SERVICE2_PORT', 5001) },
  { name: 'service3', variable: 'SERVICE3_PORT', port: portOf('SERVICE3_PORT', 5002) },
  { name: 'service4', variable: 'SERVICE4_PORT', port: portOf('SERVICE4_PORT', 5003) },
];

for (const service of [page, ...others]) {
  const problem = await problemAt(service.port);
  if (problem) fail(`Port ${service.port} ${problem}, or set ${service.variable} to another one.`);
}

const addresses = others.map(({ name, port }) => [`${name.toUpperCase()}_URL`, `http://localhost:${port}`]);
const environment = { LOG_LEVEL: 'warn', DRAIN_MS: '0', ...process.env, ...Object.fromEntries(addresses) };
const children = [page, ...others].map(({ name, port }) =>
  fork(`${name}/server.ts`, { env: { ...environment, PORT: String(port) } }),
);

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(0));
for (const child of children) child.once('exit', code => stop(code ?? 1));

await Promise.all(children.map((_, index) => isServing([page, ...others][index]?.port ?? 0)));
if (!stopping) console.log(`Motorpool runs: browse to http://localhost:${page.port}, stop with Ctrl-C.`);

/** Lets every child go: it stops by itself when the channel to its parent closes, and is ended if it does not. */
function stop(code: number): void {
  if (stopping) return;
  stopping = true;
  process.exitCode = code;
  for (const child of children) {
    if (child.connected) child.disconnect();
    const deadline = setTimeout(() => child.kill('SIGKILL'), 3000);
    if (hasExited(child)) clearTimeout(deadline);
    else child.once('exit', () => clearTimeout(deadline));
  }
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function portOf(name: string, fallback: number): number {
  const port = Number(process.env[name] || fallback);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  fail(`Expected ${name} to be a port from 1 to 65535, got "${process.env[name]}".`);
}

/** Why nobody can listen on a port, and what to do; null if one can. */
function problemAt(port: number): Promise<string | null> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(
        code === 'EADDRINUSE'
          ? 'is taken; stop what listens there'
          : `is not yours to use (${code}); be root`,
      );
    });
    server.listen(port, () => server.close(() => resolve(null)));
  });
}

async function isServing(port: number): Promise<void> {
  while (!stopping) {
    const answer = await fetch(`http://localhost:${port}/health`).catch(() => null);
    if (answer?.ok) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
