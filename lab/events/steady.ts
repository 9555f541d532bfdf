import type { Event } from '../event.ts';
import type { LoadResult } from '../load/load.ts';
import { services } from '../release.ts';
import { memoryOfStack, type Stack, watchFor } from '../stack.ts';

/** What the load alone shows. */
export default function steadyEvents(stack: Stack): Event[] {
  return [
    {
      name: 'Nothing happens',
      group: 'Steady',
      promise:
        'No request fails, and every replica of every service gets at least half its fair share of them.',
      async happen() {
        await watchFor(20);
        return { problems: [], figures: { 'memory under load': await memoryOfStack() } };
      },
      check: async result => (await Promise.all(services.map(name => shares(stack, name, result)))).flat(),
    },
  ];
}

async function shares(stack: Stack, service: string, { answeredBy }: LoadResult): Promise<string[]> {
  const tasks = await stack.running(service);
  const counts = tasks.map(({ instance }) => answeredBy[service]?.[instance] ?? 0);
  const all = Object.values(answeredBy[service] ?? {}).reduce((sum, count) => sum + count, 0);
  if (counts.length === 2 && counts.every(count => count >= all / 4)) return [];
  return [`of ${all} requests the tasks of ${service} got ${counts.join(' and ')}`];
}
