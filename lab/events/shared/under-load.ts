import type { Finding } from '../../event.ts';
import type { Failure, Load, LoadResult } from '../../load/load.ts';
import type { RunningTask, Stack } from '../../stack.ts';
import { until } from '../../until.ts';

/** Nothing is wrong, and nothing was measured. */
export const fine: Finding = { problems: [], figures: {} };

/** Runs the deploy command under a mark of its own, and gives what it failed with and how long it took. */
export async function deployed(
  stack: Stack,
  load: Load,
  args: string[],
  label: string,
  folder?: string,
): Promise<Finding> {
  load.mark(label);
  const { code, output, seconds } = await stack.deploy(args, folder);
  load.mark('done');
  const problems = code === 0 ? [] : [`the deploy command failed: ${output.slice(-1500)}`];
  return { problems, figures: { [`${label} took`]: `${seconds.toFixed(0)} s` } };
}

/** What several things that happened one after the other have found. */
export function together(findings: Finding[]): Finding {
  return {
    problems: findings.flatMap(({ problems }) => problems),
    figures: Object.assign({}, ...findings.map(({ figures }) => figures)),
  };
}

/**
 * Waits until the load has had so many more good answers: with 300 each task that runs has had a part in some, also a
 * new one, of which its callers hear within a second.
 */
export async function answered(load: Load, more = 300): Promise<void> {
  const { ok: before } = await load.progress();
  await until(
    `${more} more requests are answered`,
    async () => (await load.progress()).ok >= before + more,
    60,
  );
}

/** Those of a service's tasks that had a part in no answer. */
export function unheard({ answeredBy }: LoadResult, service: string, tasks: RunningTask[]): string[] {
  return tasks
    .filter(({ instance }) => !answeredBy[service]?.[instance])
    .map(({ instance }) => `${service}: the task ${instance} answered nothing`);
}

/**
 * Whether the request was not accepted: the connection was refused, or it had served before and was given up between
 * two requests, as HTTP lets either side do.
 */
export function wasRefused({ kind, reason }: Failure): boolean {
  return kind === 'refused' || (kind === 'broken' && reason.includes('kept connection'));
}
