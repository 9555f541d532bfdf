import type { Event } from '../event.ts';
import { overload } from '../load/overload.ts';
import { services } from '../release.ts';
import type { Stack } from '../stack.ts';

/** Three nodes, twelve containers and the load share two cores here: so late may the slowest hundredth be (ms). */
const soonMs = 1000;

/** More is asked than three nodes can do. */
export default function overloadEvents(stack: Stack): Event[] {
  const tasks = async () =>
    (await Promise.all(['nginx', ...services, 'db'].map(name => stack.running(name)))).flat();
  return [
    {
      name: '1.5, 2 and 3 times as much is asked as the nodes carry',
      group: 'Overload',
      promise:
        'Three quarters, 65 % and half of what they carry are answered well, the rest is refused; nothing breaks, no task starts anew, and all is well two seconds later.',
      load: null,
      async happen() {
        const before = new Set((await tasks()).map(({ id }) => id));
        const { problems, figures } = await overload({ targets: stack.targets, isFirst: true }, soonMs);
        const anew = (await tasks()).filter(({ id }) => !before.has(id));
        return {
          problems: [...problems, ...anew.map(({ image }) => `A task of ${image} started anew.`)],
          figures,
        };
      },
    },
  ];
}
