import type { Event, Finding } from '../event.ts';
import type { LoadResult } from '../load/load.ts';
import { dockerOn } from '../nodes.ts';
import { images, publishBad } from '../release.ts';
import type { Stack } from '../stack.ts';
import { until } from '../until.ts';
import { ensureDeployed, ensureVersion, good } from './shared/ensure.ts';
import { nodeIn, requestsAtReplicas, whileHeld } from './shared/held.ts';
import { taskOf } from './shared/inside.ts';
import { fine, knocksTwiceMs, wasRefused } from './shared/under-load.ts';

const group = 'Controls';

/** The proofs with one thing taken away: each must lose what it holds, every time, or the proofs prove nothing. */
export default function controlEvents(stack: Stack): Event[] {
  return [
    {
      name: 'A client that knows one address and never retries',
      group,
      promise: 'Through an update of NGINX such a client is refused: the gap on each node is real.',
      load: { targets: stack.targets.slice(1, 2) },
      mayFail: wasRefused,
      slowestMs: knocksTwiceMs,
      prepare: () => ensureVersion(stack),
      async happen(load) {
        load.mark('NGINX is updated');
        await stack.docker(['service', 'update', '--force', '--quiet', '--detach=false', 'motorpool_nginx']);
        await stack.settled();
        return fine;
      },
      check: refusedNothing,
    },
    {
      name: 'No drain',
      group,
      promise:
        'A replica that exits as soon as it is told to stop loses the request that it has half received: the twin of the updates.',
      load: null,
      prepare: () => runAnimals(stack),
      happen: () => replaceAnimals(stack),
      restore: () => ensureVersion(stack),
    },
    {
      name: 'A keep-alive shorter than that of NGINX',
      group,
      promise: 'A replica that hangs up on idle connections first is found out.',
      load: null,
      prepare: () => ensureVersion(stack),
      happen: () => hangUpFirst(stack),
    },
  ];
}

async function refusedNothing({ failures }: LoadResult): Promise<string[]> {
  return failures.some(({ kind }) => kind === 'refused') ? [] : ['no connection was refused'];
}

/** Past the deploy command, and without a look whether the tasks stay well. */
async function runAnimals(stack: Stack): Promise<void> {
  const version = await publishBad('service1', 'exits-on-sigterm', good);
  await ensureVersion(stack);
  const image = ['--no-resolve-image', '--image', `${images}/service1:${version}`];
  const how = ['--quiet', '--detach=false', '--update-monitor', '1s', '--update-delay', '2s'];
  await stack.docker(['service', 'update', ...how, ...image, 'motorpool_service1']);
  await stack.settled();
}

async function replaceAnimals(stack: Stack): Promise<Finding> {
  const doors = await requestsAtReplicas(stack);
  const lost = doors.map(door => ({ ...door, wanted: /^the connection (was closed|broke)/ }));
  return whileHeld(lost, async () => {
    await ensureDeployed(stack, ['--version', good]);
    return fine;
  });
}

/** A replica of service 2 beside the stack, visited from within, while nothing else happens. */
async function hangUpFirst(stack: Stack): Promise<Finding> {
  const { node, container: twin } = await taskOf(stack, 'service2');
  const image = await dockerOn(node, ['inspect', '--format', '{{.Image}}', twin]);
  const container = await dockerOn(node, ['run', '--detach', '--env', 'KEEP_ALIVE_MS=1000', image]);
  try {
    const health = ['inspect', '--format', '{{.State.Health.Status}}', container];
    await until('it is healthy', async () => (await dockerOn(node, health)) === 'healthy');
    const visitor = await nodeIn({ node, container });
    const args = ['127.0.0.1', '5001', '/health', '31'];
    const name = 'a lone service2';
    const door = { what: 'an idle connection', name, node: visitor, args, wanted: /^hung up/ };
    return await whileHeld([door], async () => fine);
  } finally {
    await dockerOn(node, ['rm', '--force', container]);
  }
}
