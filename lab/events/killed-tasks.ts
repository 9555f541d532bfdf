import type { Event, Finding } from '../event.ts';
import type { Load } from '../load/load.ts';
import { dockerOn } from '../nodes.ts';
import { services } from '../release.ts';
import type { RunningTask, Stack } from '../stack.ts';
import { secondsSince, until } from '../until.ts';
import { taskOf } from './shared/inside.ts';
import { answered, moreUnderWay, unheard, wasUnderWay } from './shared/under-load.ts';

/** A task of each service dies, as when its process crashes. */
export default function killedTaskEvents(stack: Stack): Event[] {
  const replaced = new Map<string, RunningTask[]>();
  return [
    {
      name: 'A task of each service is killed',
      group: 'Unplanned',
      promise:
        'SIGKILL of a task of each service, one after the other, fails no request; another one takes its place by itself, and answers.',
      mayFail: wasUnderWay,
      happen: load => killTasks(stack, load, replaced),
      check: async result => [
        ...(await moreUnderWay(result)),
        ...services.flatMap(name => unheard(result, name, replaced.get(name) ?? [])),
      ],
    },
  ];
}

async function killTasks(stack: Stack, load: Load, replaced: Map<string, RunningTask[]>): Promise<Finding> {
  const figures: Record<string, string> = {};
  for (const service of services) {
    const task = await taskOf(stack, service);
    const before = (await stack.running(service)).map(({ id }) => id);
    load.mark(`${service}: SIGKILL`);
    const began = performance.now();
    await dockerOn(task.node, ['kill', '--signal', 'KILL', task.container]);
    await until(`another task of ${service} runs`, async () => {
      const tasks = await stack.running(service);
      const others = tasks.filter(({ id }) => !before.includes(id));
      replaced.set(service, others);
      return tasks.length === 2 && others.length === 1;
    });
    load.mark('another one runs');
    figures[`${service} has two tasks again after`] = secondsSince(began);
    await answered(load);
  }
  return { problems: [], figures };
}
