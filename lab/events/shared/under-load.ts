import type { Finding } from '../../event.ts';
import type { Failure, Load, LoadResult } from '../../load/load.ts';
import type { RunningTask, Stack } from '../../stack.ts';
import { until } from '../../until.ts';

/** Nothing is wrong, and nothing was measured. */
export const fine: Finding = { problems: [], figures: {} };

/** The load for several tasks that start at the same time: they take both cores for seconds, on which all nodes are. */
export const startingTogether = { perSecond: 40 };

/** Runs the deploy command under a mark of its own; gives what it failed with, how long it took, and all that it said. */
export async function deployed(
  stack: Stack,
  load: Load,
  args: string[],
  label: string,
  folder?: string,
): Promise<Finding & { output: string }> {
  load.mark(label);
  const { code, output, seconds } = await stack.deploy(args, folder);
  load.mark('done');
  const problems = code === 0 ? [] : [`the deploy command failed: ${output.slice(-1500)}`];
  return { problems, figures: { [`${label} took`]: `${seconds.toFixed(0)} s` }, output };
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

/** A port that is just being given up swallows a connection's first packet, which is sent again after 1 and 3 s (TCP). */
export const knocksTwiceMs = 3500;

/** NGINX waits 2.5 s for a replica that vanished with its node before it asks another one, and that may meet the dead node too. */
export const asksTwiceMs = 4500;

/** What a promise allows where replicas die: that a person was being added by each, whom NGINX may not add twice. */
export const replicasDie = { mayFail: wasUnderWay, check: moreUnderWay };

/** A person was being added by a replica that died, and NGINX may not send that twice (see Known limits of the README). */
function wasUnderWay({ method, status, reason }: Failure): boolean {
  return method === 'POST' && status === 503 && /No replica of service 1/.test(reason);
}

/** What is wrong if that happened more often than by two people at once for each replica. */
async function moreUnderWay({ failures }: LoadResult): Promise<string[]> {
  return failures.length > 4 ? [`${failures.length} people were being added by the replicas that died`] : [];
}

/**
 * Whether the request was not accepted: the connection was refused, or it had served before and was given up between
 * two requests, as HTTP lets either side do.
 */
export function wasRefused({ kind, reason }: Failure): boolean {
  return kind === 'refused' || (kind === 'broken' && reason.includes('kept connection'));
}

/**
 * What is wrong if NGINX lost what it had accepted, which a client's failover would hide. On a kept connection it is no
 * loss: HTTP/1.1 lets either side hang up between requests.
 */
export async function brokenOnNew({ failovers: { brokenNew } }: LoadResult): Promise<string[]> {
  return brokenNew > 0 ? [`${brokenNew} requests were broken after NGINX had accepted their connection`] : [];
}
