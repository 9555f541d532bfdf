import { setTimeout as pause } from 'node:timers/promises';
import { isDatabase, stackLabel } from '../plan/live.ts';
import type { StackFile } from '../publish/stack-file.ts';
import { DeployError } from '../report.ts';
import { docker } from '../swarm/docker.ts';
import { engine } from '../swarm/engine.ts';
import { lastLines, readNodes, readTasks, type Service } from '../swarm/swarm.ts';
import { isInService } from './service-state.ts';

const patienceMs = 60_000;
const notHere = 75; // an exit code
const onlyPrimary = `[[ $(mysql --user=root -Ne 'SELECT @@super_read_only') = 0 ]] || exit ${notHere}`;

/**
 * Runs SQL as MySQL's root, in a job beside the database: root exists only on its socket, which is a volume of the
 * node. Of a group it is the node of the primary. `secrets` are names of Swarm secrets by names of variables:
 * `$new_password` in the SQL stands for what its secret holds, hex digits only; it is on no command line and in no
 * environment. Throws a DeployError with the job's output if it fails.
 */
export async function runSql(
  stack: string,
  file: StackFile,
  sql: string,
  secrets: Record<string, string> = {},
): Promise<void> {
  const script = `${onlyPrimary}\n${scriptOf(sql, Object.keys(secrets))}`;
  for (const { ID } of (await readNodes()).filter(node => isDatabase(node) && isInService(node)))
    if ((await runBeside(stack, file, ID, script, secrets)) !== null) return;
  throw new DeployError('No database takes changes now: a group has no primary.');
}

/** What the database on a node answers to a query: the columns of a line. Throws a DeployError if it does not. */
export async function ask(stack: string, file: StackFile, node: string, sql: string): Promise<string[]> {
  return (await runBeside(stack, file, node, `mysql --user=root -Ne "${sql}"`))?.split('\t') ?? [];
}

/** Lets the database on a node begin a group with the people that it has: see db/member.sh. */
export async function giveWord(stack: string, file: StackFile, node: string): Promise<void> {
  await runBeside(stack, file, node, ': >/run/mysqld/may-found');
}

/** Runs a bash script beside the database on a node; gives what it wrote; null if this is not the right node. */
async function runBeside(
  stack: string,
  { services }: StackFile,
  node: string,
  script: string,
  secrets: Record<string, string> = {},
): Promise<string | null> {
  const job = `${stack}_sql_${Date.now()}`;
  const mounted = Object.entries(secrets).flatMap(([variable, secret]) => [
    '--secret',
    `source=${secret},target=${variable}`,
  ]);
  const how = [
    ...['--mode', 'replicated-job', '--restart-condition', 'none', '--detach'],
    ...['--with-registry-auth', '--no-resolve-image', '--no-healthcheck'],
    ...[
      '--mount',
      `type=volume,source=${stack}_socket,target=/run/mysqld,volume-label=${stackLabel}=${stack}`,
    ],
    ...['--constraint', `node.id == ${node}`, '--entrypoint', 'bash'],
  ];
  const image = String(services.db?.image);
  await docker(['service', 'create', '--name', job, ...how, ...mounted, image, '-euc', script]);
  try {
    return await finish(job);
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

async function finish(job: string): Promise<string | null> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const [task] = await readTasks([await engine.get<Service>(`/services/${job}`)]);
    if (task?.Status.State === 'complete') return lastLines(task);
    if (task?.Status.ContainerStatus?.ExitCode === notHere) return null;
    if (task && /^(failed|rejected)$/.test(task.Status.State)) {
      throw new DeployError(`MySQL did not do it: ${task.Status.Err}\n${await lastLines(task)}`);
    }
    await pause(300);
  }
  throw new DeployError(`The job ${job} did not end within ${patienceMs / 1000} s.`);
}
