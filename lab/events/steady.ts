import type { Event, Finding } from '../event.ts';
import type { LoadResult } from '../load.ts';
import { memoryByService, memoryText } from '../measure.ts';
import { services } from '../release.ts';
import { type Stack, watchFor } from '../stack.ts';

/** Nothing happens: what the load alone shows. */
export function steadyEvents(stack: Stack): Event[] {
  return [
    {
      name: 'Nothing happens',
      group: 'Steady',
      promise: 'Every replica of every service gets at least half its fair share of the requests.',
      happen: steady,
      check: async result => (await Promise.all(services.map(name => shares(stack, name, result)))).flat(),
    },
  ];
}

async function steady(): Promise<Finding> {
  await watchFor(20);
  return { problems: [], figures: { 'memory under load': memoryText(await memoryByService()) } };
}

async function shares(stack: Stack, service: string, { answeredBy }: LoadResult): Promise<string[]> {
  const counts = Object.values(answeredBy[service] ?? {});
  const fair = counts.reduce((sum, count) => sum + count, 0) / 2;
  const tasks = await stack.running(service);
  const served = counts.filter(count => count >= fair / 2).length;
  if (tasks.length === 2 && served === 2) return [];
  return [`of ${tasks.length} tasks of ${service} only ${served} got half their share: ${counts.join(', ')}`];
}
