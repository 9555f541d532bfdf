import type { Event, Finding } from '../event.ts';
import type { Load, LoadResult } from '../load/load.ts';
import { nodeNumber } from '../nodes.ts';
import type { Stack } from '../stack.ts';
import { until } from '../until.ts';
import { ensureDeployed, ensureServing, tasksOn } from './shared/ensure.ts';
import { requestAtNginx, whileHeld } from './shared/held.ts';
import { answered, wasRefused } from './shared/under-load.ts';

const three = nodeNumber(3);
const leftOut = 'node3 is left out';

/** A node is taken out of service on purpose. */
export default function drainedNodeEvents(stack: Stack): Event[] {
  const target = stack.targets[2] ?? '';
  return [
    {
      name: 'A worker is drained and comes back',
      group: 'Planned',
      promise:
        'After `docker node update --availability drain` no request fails that a node has accepted; the drained one refuses new connections until it is left out.',
      mayFail: failure => failure.target === target && wasRefused(failure),
      prepare: () => ensureNodeHasTasks(stack),
      happen: load => drain(stack, load, target),
      check: async result => refusedTooOften(result),
      restore: () => ensureServing(stack, three),
    },
  ];
}

async function drain(stack: Stack, load: Load, target: string): Promise<Finding> {
  const before = await tasksOn(stack, three);
  const { problems } = await whileHeld([requestAtNginx(target)], async () => {
    load.mark('node3 is drained');
    await stack.docker(['node', 'update', '--availability', 'drain', 'node3']);
    // Its clients stay until its NGINX hears of it and has closed its port.
    await until('NGINX of node3 lets nobody in', () => serves(target).then(open => !open), 60);
    load.mark(leftOut);
    load.avoid(target);
    await until('node3 has no task', async () => (await tasksOn(stack, three)).length === 0, 60);
    await stack.settled();
    await answered(load);
    return { problems: [], figures: {} };
  });
  load.mark('node3 is back');
  await stack.docker(['node', 'update', '--availability', 'active', 'node3']);
  await until('node3 serves', () => serves(target), 60);
  load.use(target);
  await stack.settled();
  await answered(load);
  return { problems, figures: { 'tasks on it before': `${before.length}` } };
}

/** No more may be refused than were due at that node between its first refusal and the moment it was left out. */
function refusedTooOften({ failed, failures, marks, requests, duration }: LoadResult): string[] {
  const [first] = failures;
  const until = marks.find(({ label }) => label === leftOut)?.at ?? 0;
  const late = failures.find(({ at }) => at > until + 500);
  if (late) return [`at ${late.at} ms, after the node was left out: ${late.reason}`];
  if (!first || failed <= ((until - first.at) * requests) / duration / 3 + 10) return [];
  return [`${failed} requests were refused from ${first.at} ms on, and the node was left out at ${until} ms`];
}

function serves(target: string): Promise<boolean> {
  const asked = { headers: { Connection: 'close' }, signal: AbortSignal.timeout(5000) };
  return fetch(`${target}/nginx-health`, asked)
    .then(({ ok }) => ok)
    .catch(() => false);
}

/** Lets the tasks spread, if the node has none: where nothing runs, nothing is proven. */
async function ensureNodeHasTasks(stack: Stack): Promise<void> {
  if ((await tasksOn(stack, three)).length === 0) await ensureDeployed(stack, ['rebalance']);
  if ((await tasksOn(stack, three)).length === 0)
    throw new Error('No task runs on node3, so nothing is proven.');
}
