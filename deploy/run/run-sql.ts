import { setTimeout as pause } from 'node:timers/promises';
import type { StackFile } from '../publish/stack-file.ts';
import { DeployError } from '../report.ts';
import { docker } from '../swarm/docker.ts';
import { engine } from '../swarm/engine.ts';
import { lastLines, readTasks, type Service } from '../swarm/swarm.ts';

const patienceMs = 60_000;

/**
 * Runs SQL as MySQL's root, in a job beside the database: root exists only on its socket, which is a volume of the
 * node. `secrets` are names of Swarm secrets by names of variables: `$new_password` in the SQL stands for what its secret
 * holds, hex digits only; it is on no command line and in no environment. Throws a DeployError with the job's output if
 * it fails.
 */
export async function runSql(
  stack: string,
  file: StackFile,
  sql: string,
  secrets: Record<string, string> = {},
): Promise<void> {
  const job = `${stack}_sql_${Date.now()}`;
  const { image, deploy } = file.services.db as {
    image: string;
    deploy: { placement: { constraints: string[] } };
  };
  const mounts = ['--mount', `type=volume,source=${stack}_socket,target=/run/mysqld`];
  const mounted = Object.entries(secrets).flatMap(([variable, secret]) => [
    '--secret',
    `source=${secret},target=${variable}`,
  ]);
  const constraints = deploy.placement.constraints.flatMap(constraint => ['--constraint', constraint]);
  const how = [
    '--mode',
    'replicated-job',
    '--restart-condition',
    'none',
    '--detach',
    '--with-registry-auth',
    '--no-resolve-image',
    '--no-healthcheck',
  ];
  await docker([
    'service',
    'create',
    '--name',
    job,
    ...how,
    ...mounts,
    ...mounted,
    ...constraints,
    '--entrypoint',
    'bash',
    image,
    '-euc',
    scriptOf(sql, Object.keys(secrets)),
  ]);
  try {
    await finish(job);
  } finally {
    await engine.remove(`/services/${job}`);
  }
}

/** A bash script that reads the secrets into variables, and gives MySQL the SQL with these filled in. */
export function scriptOf(sql: string, variables: string[]): string {
  const firstLine = String.raw`sed '1!d; s/^\xEF\xBB\xBF//; s/\r.*//'`; // as service 1 and db/init.sh read it
  const read = variables.map(variable => `${variable}=$(${firstLine} /run/secrets/${variable})`);
  return [...read, 'mysql --user=root <<END', sql, 'END'].join('\n');
}

async function finish(job: string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const [task] = await readTasks([await engine.get<Service>(`/services/${job}`)]);
    if (task?.Status.State === 'complete') return;
    if (task && /^(failed|rejected)$/.test(task.Status.State)) {
      throw new DeployError(`MySQL did not do it: ${task.Status.Err}\n${await lastLines(task)}`);
    }
    await pause(300);
  }
  throw new DeployError(`The job ${job} did not end within ${patienceMs / 1000} s.`);
}
