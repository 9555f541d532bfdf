import { constantFrom, sample } from 'fast-check';
import type { Event, Finding } from '../event.ts';
import type { Load } from '../load/load.ts';
import { nodeNumber, nodes, startNode } from '../nodes.ts';
import type { Stack } from '../stack.ts';
import { ensureServing, setManagers } from './shared/ensure.ts';
import {
  cutOff,
  ensureGroup,
  kept,
  killMember,
  longGaps,
  loseNode,
  mend,
  underAdds,
  wasNoDraw,
} from './shared/group.ts';
import { asksTwiceMs } from './shared/under-load.ts';

const others = [nodeNumber(2), nodeNumber(3)]; // node1 is the lab's way to the swarm

/** What nobody has thought of: faults of the database's group in an order that chance has chosen. */
export default function randomFaultEvents(stack: Stack): Event[] {
  return [
    {
      ...underAdds,
      slowestMs: asksTwiceMs,
      name: 'Six random faults in a row',
      promise:
        'Members are killed, nodes die and are cut off: no draw fails, and all members have each person added, once.',
      mayFail: wasNoDraw,
      prepare: () => ensureGroup(stack),
      happen: demand => happenInARow(stack, demand),
      check: async result => [...longGaps(result), ...(await kept(stack, result))],
      async restore() {
        for (const node of others) await startNode(node);
        for (const node of others) await mend(node);
        await ensureServing(stack, ...others);
        await setManagers(1);
      },
    },
  ];
}

/** What happens follows from the seed; MOTORPOOL_LAB_SEED lets the same happen again. */
async function happenInARow(stack: Stack, demand: Load): Promise<Finding> {
  const seed = Number(process.env.MOTORPOOL_LAB_SEED ?? Date.now() % 1_000_000);
  const faults = [
    ...nodes.map(node => ({
      name: `SIGKILL on ${node.name}`,
      happen: () => killMember(stack, demand, node),
    })),
    ...others.map(node => ({ name: `${node.name} dies`, happen: () => loseNode(stack, demand, node) })),
    ...others.map(node => ({ name: `${node.name} is cut off`, happen: () => cutOff(stack, demand, node) })),
  ];
  const six = sample(constantFrom(...faults), { seed, numRuns: 6 });
  demand.mark(`seed ${seed}`);
  for (const { happen } of six) await happen();
  return {
    problems: [],
    figures: { seed: String(seed), faults: six.map(({ name }) => name).join(', ') },
  };
}
