import type { Finding } from '../../event.ts';
import type { Load, LoadResult } from '../../load/load.ts';
import { services } from '../../release.ts';
import { type Stack, watchFor } from '../../stack.ts';
import { amberTaxi, good, isIn, wrongDraws } from './ensure.ts';

/** Who sees that a release is bad: its rehearsal, before anything is changed; the swarm or its client; only draws. */
export type SeenBy = 'rehearsal' | 'swarm' | 'draws';

type Refused = { args: string[]; folder?: string | undefined; cause: RegExp; seenBy: SeenBy };

const ended = 'refused';
const failsForMs = 180_000; // the deploy starts two tasks, draws, and starts two again

/** Deploys what must be refused, and looks that the cause is named and that the good version runs afterwards. */
export async function refused(
  stack: Stack,
  load: Load,
  { args, folder, cause, seenBy }: Refused,
): Promise<Finding> {
  const before = await traces(stack);
  load.mark('deploy');
  // What falls ill later is seen where updates are watched for as long as elsewhere.
  const variables: Record<string, string> = seenBy === 'swarm' ? { UPDATE_MONITOR: '' } : {};
  const { code, output, seconds } = await stack.deploy(args, folder, variables);
  load.mark(ended);
  const problems: string[] = [];
  if (code === 0) problems.push('the deploy command succeeded');
  if (!cause.test(output))
    problems.push(`the deploy command does not name the cause: ${output.slice(-1500)}`);
  const after = await traces(stack);
  if (seenBy === 'rehearsal' && after !== before)
    problems.push(`the stack was touched: from ${before} to ${after}`);
  if (!(await isIn(stack, good))) problems.push('not all tasks run the good version afterwards');
  problems.push(...(await wrongDraws(stack, amberTaxi)));
  if (seenBy === 'draws') await watchFor(3); // for requests that fail although all was put back
  return { problems, figures: { 'refused after': `${seconds.toFixed(0)} s` } };
}

/** For what only draws see: requests must fail, and none any more when the deploy command has ended. */
export async function failedUntilRefused({ failures, seconds, marks }: LoadResult): Promise<string[]> {
  const [first, last] = [failures[0], failures.at(-1)];
  if (!first || !last) return ['nobody noticed: then a health check has seen it, and this text is wrong'];
  if (last.at - first.at > failsForMs) return [`requests failed for ${(last.at - first.at) / 1000} s`];
  const end = marks.find(({ label }) => label === ended)?.at ?? 0;
  const late = seconds.filter(({ second, failed }) => failed > 0 && second * 1000 > end);
  return late.map(
    ({ second, failed }) =>
      `${failed} requests failed in second ${second}, after the deploy command had ended`,
  );
}

/** The number of changes of each service, and its tasks: whatever touches the stack is seen here. */
async function traces(stack: Stack): Promise<string> {
  const names = [...services, 'nginx', 'db'].map(name => `motorpool_${name}`);
  const format = '{{.Spec.Name}} {{.Version.Index}}';
  const changes = await stack.docker(['service', 'inspect', '--format', format, ...names]);
  const running = ['--no-trunc', '--quiet', '--filter', 'desired-state=running'];
  const tasks = await stack.docker(['service', 'ps', ...running, ...names]);
  return [...changes.split('\n'), ...tasks.split('\n').sort()].join(' ');
}
