import type { Finding } from '../../event.ts';
import type { Load, LoadResult } from '../../load/load.ts';
import { images, services } from '../../release.ts';
import { type Stack, watchFor } from '../../stack.ts';
import { amberTaxi, good, wrongDraws } from './ensure.ts';

/** What must be refused: how it is deployed, what the deploy command must say, and who sees that it is bad. */
export type Refused = {
  args: string[];
  folder?: string;
  cause: RegExp;
  /** The rehearsal, before anything is changed; the swarm or its client; or only the draws of the deploy command. */
  seenBy: 'rehearsal' | 'swarm' | 'draws';
};

const ended = 'refused';

/** Deploys what must be refused, and looks that the cause is named and that the good version runs afterwards. */
export async function refused(stack: Stack, load: Load, release: Refused): Promise<Finding> {
  const { args, folder, cause, seenBy } = release;
  const before = await traces(stack);
  load.mark('deploy');
  const { code, output, seconds } = await stack.deploy(args, folder);
  load.mark(ended);
  const problems: string[] = [];
  if (code === 0) problems.push('the deploy command succeeded');
  if (!cause.test(output))
    problems.push(`the deploy command does not name the cause: ${output.slice(-1500)}`);
  const after = await traces(stack);
  if (seenBy === 'rehearsal' && after !== before)
    problems.push(`the stack was touched: from ${before} to ${after}`);
  for (const service of services) {
    const tasks = await stack.running(service);
    if (tasks.length !== 2 || tasks.some(({ image }) => image !== `${images}/${service}:${good}`))
      problems.push(`${service} now runs ${tasks.map(({ image }) => image).join(', ')}`);
  }
  problems.push(...(await wrongDraws(stack, amberTaxi)));
  if (seenBy === 'draws') await watchFor(3); // for requests that fail although all was put back
  return { problems, figures: { 'refused after': `${seconds.toFixed(0)} s` } };
}

/** For what only draws see: requests must fail, and none any more when the deploy command has ended. */
export async function failedUntilRefused({ failed, seconds, marks }: LoadResult): Promise<string[]> {
  if (failed === 0) return ['nobody noticed: then a health check has seen it, and this text is wrong'];
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
