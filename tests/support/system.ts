import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { type Environment, type Service, type ServiceName, startService } from './service.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The four services, wired to each other. */
export type System = Record<ServiceName, Service> & {
  /** The address of service 1. */
  url: string;
  stop(): Promise<void>;
};

/** What service 1 needs to reach a database that has the schema and the people already. */
export type DatabaseAccess = { host: string; port: number; user: string; password: string; database: string };

type Options = {
  /** Without it, service 1 uses the embedded database in a new temporary file. */
  mysql?: DatabaseAccess;
  /** Further environment variables, by service. */
  overrides?: Partial<Record<ServiceName, Environment>>;
  /** A file descriptor for what they write, in place of `output()` and `logs()`. */
  outputTo?: number;
};

/** Starts the four services; comes back when all are healthy. */
export async function startSystem({ mysql, overrides = {}, outputTo }: Options = {}): Promise<System> {
  const folder = temporaryFolder('system');
  const startOne = async (name: ServiceName, port: number, env: Environment = {}) =>
    startService(name, { port, env: { ...env, ...overrides[name] }, outputTo });

  const [port1, port2, port3, port4] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const [service1, service2, service3, service4] = await Promise.all([
    startOne('service1', port1, {
      SERVICE2_URL: `http://127.0.0.1:${port2}`,
      SERVICE3_URL: `http://127.0.0.1:${port3}`,
      SERVICE4_URL: `http://127.0.0.1:${port4}`,
      ...(mysql ? mysqlSettings(mysql) : { DB_FILE: join(folder.path, 'motorpool.sqlite') }),
    }),
    startOne('service2', port2),
    startOne('service3', port3),
    startOne('service4', port4),
  ]);

  async function stop(): Promise<void> {
    await Promise.all([service1, service2, service3, service4].map(service => service.stop()));
    await folder.remove();
  }

  return { service1, service2, service3, service4, url: service1.url, stop };
}

/** The environment variables with which service 1 reaches a MySQL database. */
export function mysqlSettings({ host, port, user, password, database }: DatabaseAccess): Environment {
  return { DB_HOST: host, DB_PORT: String(port), DB_USER: user, DB_PASSWORD: password, DB_NAME: database };
}
