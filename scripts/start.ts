import { type ChildProcess, fork } from 'node:child_process';
import { connect, createServer, isIPv6 } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { commonSettings } from '@motorpool/service/common-settings.ts';
import { readSettings, SettingsError, wholeNumber } from '@motorpool/service/settings.ts';
import { config } from 'dotenv';

/**
 * Starts the four services on this machine, with the embedded database unless .env names another, until Ctrl-C. They
 * are there for this machine alone; HOST shows the page, and only the page, at another address.
 */

config({ quiet: true });

const loopback = '127.0.0.1';
const noticeMs = 5000;
const patienceMs = 60_000;

const settings = settingsOrEnd();
const page = { name: 'service1', variable: 'PORT', port: settings.PORT, host: settings.HOST ?? loopback };
const others = [
  { name: 'service2', variable: 'SERVICE2_PORT', port: settings.SERVICE2_PORT, host: loopback },
  { name: 'service3', variable: 'SERVICE3_PORT', port: settings.SERVICE3_PORT, host: loopback },
  { name: 'service4', variable: 'SERVICE4_PORT', port: settings.SERVICE4_PORT, host: loopback },
];
const services = [page, ...others];

for (const service of services) {
  const problem = await problemOf(service);
  if (problem) fail(problem);
}

const addresses = others.map(({ name, port }) => [`${name.toUpperCase()}_URL`, `http://${loopback}:${port}`]);
const quiet = { LOG_LEVEL: 'warn', DRAIN_MS: '0' };
const environment = { ...quiet, ...process.env, ...Object.fromEntries(addresses), METRICS: 'loopback' };
const children = services.map(({ name, port, host }) =>
  fork(`${name}/server.ts`, { env: { ...environment, PORT: String(port), HOST: host } }),
);

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(0));
for (const child of children) child.once('exit', code => stop(code ?? 1));

await Promise.all(services.map(isListening));
if (!stopping) console.log(`Motorpool runs: browse to ${urlOf(page)}, stop with Ctrl-C.`);

type Place = { name: string; variable: string; port: number; host: string };

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

function settingsOrEnd() {
  const port = (number: number, fallback: number) =>
    wholeNumber(`the TCP port of service ${number}`, 1, 65535, fallback);
  const declaration = {
    HOST: commonSettings(8080).HOST,
    PORT: port(1, 8080),
    SERVICE2_PORT: port(2, 5001),
    SERVICE3_PORT: port(3, 5002),
    SERVICE4_PORT: port(4, 5003),
  };
  try {
    return readSettings(declaration, process.env);
  } catch (error) {
    if (error instanceof SettingsError) fail(error.message);
    throw error;
  }
}

/** Why nobody can listen at a place, and what to do; null if one can. */
async function problemOf({ port, host, variable }: Place): Promise<string | null> {
  // A browser may take "localhost" for ::1, where somebody else may listen.
  const codes = await Promise.all(
    (host === loopback ? [host, '::1'] : [host]).map(at => refusalAt(port, at)),
  );
  if (codes.includes('EADDRINUSE'))
    return `Port ${port} is taken; stop what listens there, or set ${variable} to another one.`;
  const [code] = codes;
  if (code === 'EACCES')
    return `Port ${port} is not yours to use (EACCES); be root, or set ${variable} to another one.`;
  return code
    ? `Nothing can listen at ${host} (${code}); set HOST to an address of this machine, or unset it.`
    : null;
}

function refusalAt(port: number, host: string): Promise<string | undefined> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** Comes back when a service listens. It is asked without HTTP, which the environment may send through a proxy. */
async function isListening({ name, port, host }: Place): Promise<void> {
  const notice = setTimeout(() => console.error(`Waiting for ${name} to listen …`), noticeMs);
  const deadline = performance.now() + patienceMs;
  while (!stopping && !(await connects(port, host))) {
    if (performance.now() > deadline) {
      console.error(`Gave up: ${name} does not listen after ${patienceMs / 1000} seconds.`);
      stop(1);
    }
    await pause(50);
  }
  clearTimeout(notice);
}

function connects(port: number, host: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host }, () => resolve(true));
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
  });
}

function urlOf({ port, host }: Place): string {
  if ([loopback, '0.0.0.0', '::'].includes(host)) return `http://localhost:${port}`;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
