import type { Finding } from '../event.ts';
import type { Load } from '../load.ts';
import { images, services } from '../release.ts';
import type { Stack } from '../stack.ts';
import { amberTaxi, good, wrongDraws } from './ensure.ts';

/** Deploys what must be refused, and looks that the cause is named and that the good version runs afterwards. */
export async function refused(
  stack: Stack,
  load: Load,
  args: string[],
  cause: RegExp,
  folder?: string,
): Promise<Finding> {
  load.mark('deploy');
  const { code, output, seconds } = await stack.deploy(args, folder);
  load.mark('refused');
  const problems: string[] = [];
  if (code === 0) problems.push('the deploy command succeeded');
  if (!cause.test(output))
    problems.push(`the deploy command does not name the cause: ${output.slice(-1500)}`);
  for (const service of services) {
    const tasks = await stack.running(service);
    const wrong = tasks.filter(({ image }) => image !== `${images}/${service}:${good}`);
    if (tasks.length !== 2 || wrong.length > 0)
      problems.push(`${service} now runs ${tasks.map(({ image }) => image).join(', ')}`);
  }
  problems.push(...(await wrongDraws(stack, amberTaxi)));
  return { problems, figures: { 'refused after': `${seconds.toFixed(0)} s` } };
}
