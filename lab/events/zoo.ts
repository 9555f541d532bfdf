import type { Event } from '../event.ts';
import type { Load } from '../load.ts';
import { publishBad } from '../release.ts';
import type { Stack } from '../stack.ts';
import { ensureGoodDraws, ensureVersion, good } from './ensure.ts';
import { refused } from './refused.ts';
import { seenByDrawsOnly } from './seen-by-draws.ts';
import { type Animal, animals } from './zoo-animals.ts';
import { badFileEvents } from './zoo-files.ts';

/** The zoo: whatever is wrong with a release, the deploy fails and says why, and nobody who uses the stack notices. */
export function zooEvents(stack: Stack): Event[] {
  const events = [...badImageEvents(stack), ...badFileEvents(stack)];
  return events.map(event => ({
    ...event,
    group: 'Bad releases',
    prepare: () => ensureVersion(stack),
    restore: () => ensureGoodDraws(stack),
  }));
}

function badImageEvents(stack: Stack): Omit<Event, 'group'>[] {
  const only = async ({ service, animal }: Pick<Animal, 'service' | 'animal'>) => {
    return ['--version', await publishBad(service, animal, good), '--only', service];
  };
  return [
    ...animals.map(bad => ({
      name: `A release that ${bad.does}`,
      promise: `${sentence(bad)} The deploy command fails and names the cause; version ${good} goes on, no request fails.`,
      happen: async (load: Load) => refused(stack, load, await only(bad), bad.cause),
    })),
    {
      name: 'A release whose image does not exist',
      promise: 'The deploy command fails and names the image; nothing was changed.',
      happen: load => refused(stack, load, ['--version', '9.9.9'], /service\d cannot be started.*9\.9\.9/s),
    },
    {
      ...seenByDrawsOnly,
      name: 'A release that shows no page but draws in JSON',
      promise: `No health check sees this one, and pages fail until the deploy command draws, fails, and puts version ${good} back.`,
      async happen(load) {
        const args = await only({ service: 'service1', animal: 'breaks-the-page' });
        return refused(stack, load, args, /nginx answered 500 to a draw as text\/html.*template/s);
      },
    },
  ];
}

function sentence({ does, seenBy }: Animal): string {
  if (seenBy === 'rehearsal')
    return `A release that ${does} is found in its rehearsal, before the stack is touched.`;
  return `A release that ${does} passes its health check at first, and is rolled back by the swarm.`;
}
