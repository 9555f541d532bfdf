import { tagged, withShortDigests } from './publish/images.ts';
import type { Failure } from './run/converge.ts';
import { DockerError } from './swarm/docker.ts';
import { readServices, readTasks } from './swarm/swarm.ts';

/** What was asked for is not true; the message says which service, which task, why, and what runs now. */
export class DeployError extends Error {
  /** Whether the stack is again as it was before. */
  readonly isPutBack: boolean;

  constructor(message: string, options: ErrorOptions & { isPutBack?: boolean } = {}) {
    super(message, options);
    this.isPutBack = options.isPutBack ?? false;
  }
}

/** Says why this command failed, and lets it exit with 1: the sentence alone, or all of an error that nobody foresaw. */
export function sayFailure(error: unknown): string {
  const sentence = error instanceof Error ? error.message : String(error);
  console.error(error instanceof DeployError || error instanceof DockerError ? sentence : error);
  process.exitCode = 1;
  return sentence;
}

/** Prints a line of progress, with the seconds since the start of this process. */
export function say(line: string): void {
  console.log(`${process.uptime().toFixed(1).padStart(6)} s  ${line}`);
}

/** Prints what a deploy will change, a line each, before it does; the last line is always `No change.` or their number. */
export function sayPlan(title: string, plan: string[]): void {
  say(title);
  for (const line of plan) console.log(`          ${withShortDigests(line)}`);
  if (plan.length === 0) console.log('No change.');
  else console.log(`${plan.length} change${plan.length === 1 ? '' : 's'}.`);
}

/** The error of a version that was not deployed: why, what was done about it (`then`), and what runs now. */
export async function failed(
  stack: string,
  version: string,
  failures: Failure[],
  then: string,
  isPutBack = false,
): Promise<DeployError> {
  return new DeployError(
    `Version ${version} was not deployed.\n${failuresText(failures)}\n${then} Now runs:\n${await whatRuns(stack)}`,
    { isPutBack },
  );
}

/** The failures as text: the service, its task, its error and its last log lines. */
export function failuresText(failures: Failure[]): string {
  return failures
    .flatMap(({ service, reason, task, log }) => [
      `✗ ${service} ${reason}`,
      task && `  ${task}`,
      log && indented(log),
    ])
    .filter(Boolean)
    .join('\n');
}

/** What runs now, a line for each service. It never throws: it is the end of reports that must be made. */
export function whatRuns(stack: string): Promise<string> {
  return readWhatRuns(stack).catch((error: Error) => `  unknown: ${error.message}`);
}

async function readWhatRuns(stack: string): Promise<string> {
  const services = await readServices(stack);
  if (services.size === 0) return '  nothing';
  const tasks = await readTasks([...services.values()]);
  const rows = [...services].map(([name, service]) => {
    const mine = tasks.filter(
      ({ ServiceID, Status }) => ServiceID === service.ID && Status.State === 'running',
    );
    const images = Map.groupBy(mine, task => tagged(task.Spec.ContainerSpec.Image));
    return `  ${name.padEnd(9)} ${[...images].map(([image, { length }]) => `${length} × ${image}`).join(', ') || 'no task'}`;
  });
  return rows.sort().join('\n');
}

function indented(text: string): string {
  return text.replace(/^/gm, '    | ');
}
