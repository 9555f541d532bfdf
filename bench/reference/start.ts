import { join } from 'node:path';
import { freePort } from '../../tests/support/free-port.ts';
import { startProgram } from '../../tests/support/program.ts';
import type { DatabaseAccess } from '../../tests/support/system.ts';
import { until } from '../../tests/support/until.ts';

/** Starts the bare services on a database; comes back with the port of service 1 when it gives a page. */
export async function startReference(mysql: DatabaseAccess): Promise<number> {
  const port = await startOne('service1', {
    DB_HOST: mysql.host,
    DB_PORT: String(mysql.port),
    DB_NAME: mysql.database,
    DB_USER: mysql.user,
    DB_PASSWORD: mysql.password,
    SERVICE2_URL: `http://127.0.0.1:${await startOne('service2')}`,
    SERVICE3_URL: `http://127.0.0.1:${await startOne('service3')}`,
    SERVICE4_URL: `http://127.0.0.1:${await startOne('service4')}`,
  });
  await until('the reference gave a page', async () => (await fetch(`http://127.0.0.1:${port}`)).ok);
  return port;
}

async function startOne(name: string, environment: NodeJS.ProcessEnv = {}): Promise<number> {
  const port = await freePort();
  await startProgram(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', PORT: String(port), ...environment },
  });
  return port;
}
