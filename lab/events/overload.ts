import type { Event, Finding } from '../event.ts';
import { overloadAtOnce } from '../load/overload.ts';
import { services } from '../release.ts';
import type { Stack } from '../stack.ts';

/** More is asked than the stack can do. */
export default function overloadEvents(stack: Stack): Event[] {
  return [
    {
      name: 'Three times as much is asked as can be done',
      group: 'Unplanned',
      promise:
        'Beyond what the nodes carry, half of that at least is answered well, the rest is refused as busy; nothing breaks, no task is restarted, nobody who was added is lost, and two seconds later all is well.',
      load: null, // it finds its own
      happen: () => overloadStack(stack),
    },
  ];
}

async function overloadStack(stack: Stack): Promise<Finding> {
  const before = await idsOf(stack);
  const { problems, figures } = await overloadAtOnce(stack.targets);
  const after = await idsOf(stack);
  const restarted = before.filter(id => !after.includes(id)).map(id => `the task ${id} was restarted`);
  return { problems: [...problems, ...restarted], figures };
}

async function idsOf(stack: Stack): Promise<string[]> {
  const tasks = await Promise.all(['nginx', ...services, 'db'].map(name => stack.running(name)));
  return tasks.flat().map(({ id }) => id);
}
