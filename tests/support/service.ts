import { join } from 'node:path';
import { describePort } from './described.ts';
import { freePort } from './free-port.ts';
import { type Exit, startProgram } from './program.ts';
import { until } from './until.ts';

/** The folders of the services. */
export const services = ['service1', 'service2', 'service3', 'service4'] as const;

/** The folder of a service. */
export type ServiceName = (typeof services)[number];

/** Environment variables of a service. */
export type Environment = Record<string, string>;

/** A running service, as a process of its own. */
export type Service = {
  url: string;
  port: number;
  pid: number;
  /** Its JSON log lines so far. */
  logs(): Record<string, unknown>[];
  /** All it wrote so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
  exited: Promise<Exit>;
};

type Options = {
  env?: Environment;
  /** The one address to listen on; every one by default. */
  host?: string;
  port?: number;
  /** Another copy of the services than the repository's own. */
  root?: string;
  /** A file descriptor for what it writes, in place of `output()` and `logs()`. */
  outputTo?: number;
};

/**
 * Starts a service as `node NAME/server.ts` and waits until it is healthy. Throws with its output if it ends before.
 * It sees none of the caller's settings and no .env file; it drains for no time unless `env` says otherwise.
 */
export async function startService(name: ServiceName, options: Options = {}): Promise<Service> {
  const { env = {}, host, port = await freePort(), outputTo } = options;
  const { root = join(import.meta.dirname, '../..') } = options;
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const program = await startProgram(process.execPath, [join(root, name, 'server.ts')], {
    cwd: join(root, name),
    env: { PATH, NODE_COMPILE_CACHE, DRAIN_MS: '0', PORT: String(port), ...(host && { HOST: host }), ...env },
    outputTo,
  });
  const url = `http://${host ?? '127.0.0.1'}:${port}`;
  await until(`${name} was healthy`, async () => program.hasExited() || (await fetch(`${url}/health`)).ok);
  if (program.hasExited()) throw new Error(`${name} did not start: ${program.output()}`);
  if (name === 'service1') describePort(port);

  return {
    url,
    port,
    pid: program.pid,
    logs: () => program.output().split('\n').flatMap(parseLine),
    output: program.output,
    kill: program.signal,
    stop: program.stop,
    exited: program.exited,
  };
}

function parseLine(line: string): Record<string, unknown>[] {
  return line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : [];
}
