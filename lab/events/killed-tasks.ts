import type { Event, Finding } from '../event.ts';
import type { Load } from '../load.ts';
import { dockerOn } from '../nodes.ts';
import { services } from '../release.ts';
import type { Stack } from '../stack.ts';
import { secondsSince, until } from '../until.ts';

/** One task of each service dies, as when its process crashes. */
export function killedTaskEvents(stack: Stack): Event[] {
  return services.map(service => ({
    name: `A task of ${service} is killed`,
    group: 'Unplanned',
    promise: `SIGKILL of one task of ${service} fails no request; another one takes its place by itself.`,
    happen: load => killTask(stack, load, service),
  }));
}

async function killTask(stack: Stack, load: Load, service: string): Promise<Finding> {
  const [task] = await stack.running(service);
  if (!task) throw new Error(`No task of ${service} runs.`);
  load.mark('SIGKILL');
  const began = performance.now();
  await dockerOn(task.node, ['kill', '--signal', 'KILL', task.container]);
  await until(`another task of ${service} runs`, async () => {
    const tasks = await stack.running(service);
    return tasks.length === 2 && tasks.every(({ id }) => id !== task.id);
  });
  load.mark('another one runs');
  return { problems: [], figures: { 'two tasks again after': secondsSince(began) } };
}
