import { join } from 'node:path';
import { freePort } from '../../tests/support/free-port.ts';
import { startProgram } from '../../tests/support/program.ts';
import type { DatabaseAccess } from '../../tests/support/system.ts';
import { until } from '../../tests/support/until.ts';

/** A bare service. */
type Bare = { port: number; pid: number };

/** Starts the bare services 1 to 4 on a database; comes back when service 1 gives a page. They write to `outputTo`. */
export async function startReference(mysql: DatabaseAccess, outputTo: number): Promise<Bare[]> {
  const service2 = await startOne('service2', outputTo);
  const service3 = await startOne('service3', outputTo);
  const service4 = await startOne('service4', outputTo);
  const service1 = await startOne('service1', outputTo, {
    DB_HOST: mysql.host,
    DB_PORT: String(mysql.port),
    DB_NAME: mysql.database,
    DB_USER: mysql.user,
    DB_PASSWORD: mysql.password,
    SERVICE2_URL: `http://127.0.0.1:${service2.port}`,
    SERVICE3_URL: `http://127.0.0.1:${service3.port}`,
    SERVICE4_URL: `http://127.0.0.1:${service4.port}`,
  });
  await until('the reference gave a page', async () => {
    return (await fetch(`http://127.0.0.1:${service1.port}`)).ok;
  });
  return [service1, service2, service3, service4];
}

async function startOne(name: string, outputTo: number, environment: NodeJS.ProcessEnv = {}): Promise<Bare> {
  const port = await freePort();
  const { pid } = await startProgram(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', PORT: String(port), ...environment },
    outputTo,
  });
  return { port, pid };
}
