import type { Event, Finding } from '../event.ts';
import { overload } from '../load/overload.ts';
import { services } from '../release.ts';
import type { Stack } from '../stack.ts';

/** More is asked than the stack can do. */
export default function overloadEvents(stack: Stack): Event[] {
  return [
    {
      name: 'Three times as much is asked as can be done',
      group: 'Repairs',
      promise:
        'Beyond the peak what can be is answered well and soon, and the rest is refused at once as busy; nothing breaks, no task is restarted, nobody who was added is lost, and two seconds later all is well.',
      load: null, // it finds its own
      happen: () => overloadStack(stack),
    },
  ];
}

// Three nodes, twelve tasks and the load share the two cores: a refusal waits for them as an answer does.
async function overloadStack(stack: Stack): Promise<Finding> {
  const before = await idsOf(stack);
  const { problems, figures } = await overload(stack.targets, 1000);
  const after = await idsOf(stack);
  const restarted = before.filter(id => !after.includes(id)).map(id => `the task ${id} was restarted`);
  return { problems: [...problems, ...restarted], figures };
}

async function idsOf(stack: Stack): Promise<string[]> {
  const tasks = await Promise.all(['nginx', ...services, 'db'].map(name => stack.running(name)));
  return tasks.flat().map(({ id }) => id);
}
