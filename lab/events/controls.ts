import { readFile } from 'node:fs/promises';
import { hashOf } from '../../deploy/stack-file.ts';
import type { Event, Finding } from '../event.ts';
import type { Load, LoadResult } from '../load.ts';
import { failedBetween } from '../load-seconds.ts';
import { dockerOn } from '../nodes.ts';
import { images, publishBad } from '../release.ts';
import { type Stack, watchFor } from '../stack.ts';
import { ensureDeployed, ensureVersion, good } from './ensure.ts';

const group = 'Controls';
// Without a second try NGINX loses a request now and then by itself: when its list of replicas changes under it.
const lostAnyway = 2;

/**
 * The proofs with one thing taken away: each must lose requests, every time, or the proofs prove nothing. NGINX's
 * second try hides most of what is taken away, so all but the first go without it, and one event shows that this alone
 * loses next to nothing. Only the last puts all back, which takes its time.
 */
export function controlEvents(stack: Stack): Event[] {
  return [
    {
      name: 'A client that knows one address and never retries',
      group,
      promise: 'Through each update of NGINX such a client loses requests: the gap on each node is real.',
      isNegative: true,
      load: { targets: stack.targets.slice(1, 2) },
      prepare: () => ensureVersion(stack),
      happen: load => twice(load, 'NGINX is updated', () => atOnce(stack, 'motorpool_nginx', ['--force'])),
      check: lostNothingAt,
    },
    {
      name: 'A drain, and no second try',
      group,
      promise:
        'With an NGINX that never tries again the drain alone loses next to no request: the twin of the next one.',
      allowed: { failed: lostAnyway },
      prepare: () => withoutSecondTry(stack),
      happen: load => replaceTwice(stack, load),
    },
    {
      name: 'No drain, and no second try',
      group,
      promise: 'The same without the drain loses more, whenever the tasks of service 1 are replaced.',
      isNegative: true,
      async prepare() {
        await withoutSecondTry(stack);
        await atOnce(stack, 'motorpool_service1', ['--env-add', 'DRAIN_MS=0']);
      },
      happen: load => replaceTwice(stack, load),
      check: async result => [
        ...(await lostNothingAt(result)),
        ...(result.failed > lostAnyway ? [] : [`no more than ${lostAnyway} were lost, as with the drain`]),
      ],
    },
    {
      name: 'A keep-alive shorter than that of NGINX',
      group,
      promise: 'A server that hangs up on idle connections first loses requests, without a second try.',
      isNegative: true,
      async prepare() {
        const version = await publishBad('service1', 'hangs-up-early', good);
        await withoutSecondTry(stack);
        // Past the deploy command, whose own draws may well refuse it.
        const change = ['--image', `${images}/service1:${version}`, '--env-rm', 'DRAIN_MS'];
        await atOnce(stack, 'motorpool_service1', change);
      },
      happen: load => twice(load, 'ten seconds', () => watchFor(10)),
      check: lostNothingAt,
      restore: () => ensureDeployed(stack, ['--version', good]),
    },
  ];
}

/** Lets something happen two times, one after the other, each with a mark at its beginning. */
async function twice(load: Load, label: string, work: () => Promise<void>): Promise<Finding> {
  load.mark(label);
  await work();
  load.mark(`${label} again`);
  await work();
  load.mark('done');
  return { problems: [], figures: {} };
}

/** The times of `twice` at which no request failed: a control has to lose some each time. */
async function lostNothingAt(result: LoadResult): Promise<string[]> {
  const { marks } = result;
  return marks.slice(0, -1).flatMap(({ at, label }, index) => {
    return failedBetween(result, at, marks[index + 1]?.at) > 0 ? [] : [`nothing failed at "${label}"`];
  });
}

/**
 * NGINX as it is but that it sends no request to another replica, and forgets an address after 4 s instead of 1 s; on
 * all nodes at once, since this is no update that anybody should be spared.
 */
async function withoutSecondTry(stack: Stack): Promise<void> {
  const crippled = [
    ['proxy_next_upstream error timeout;', 'proxy_next_upstream off;'],
    ['error_page 502 504 = $when_unanswered;', 'error_page 502 504 = @nobody;'],
    ['valid=1s', 'valid=4s'],
  ].reduce(
    (changed, [part = '', other = '']) => {
      if (!changed.includes(part)) throw new Error(`nginx.conf has no "${part}" to take away.`);
      return changed.replace(part, other);
    },
    await readFile('nginx/nginx.conf', 'utf8'),
  );
  const config = `motorpool_nginx_conf_crippled_${hashOf(crippled)}`;
  const inUse = await stack.docker([
    ...[
      'service',
      'inspect',
      '--format',
      '{{(index .Spec.TaskTemplate.ContainerSpec.Configs 0).ConfigName}}',
    ],
    'motorpool_nginx',
  ]);
  if (inUse === config) return;
  const known = await stack.docker(['config', 'ls', '--quiet', '--filter', `name=${config}`]);
  if (known === '') await dockerOn(stack.manager, ['config', 'create', config, '-'], crippled);
  await atOnce(stack, 'motorpool_nginx', [
    ...['--config-rm', inUse, '--config-add', `source=${config},target=/etc/nginx/nginx.conf`],
    ...['--update-parallelism', String(stack.targets.length)],
  ]);
}

function replaceTwice(stack: Stack, load: Load): Promise<Finding> {
  return twice(load, 'the tasks of service 1 are replaced', () =>
    atOnce(stack, 'motorpool_service1', ['--force']),
  );
}

/** Updates a service, and does not watch afterwards whether its tasks stay well. */
async function atOnce(stack: Stack, service: string, change: string[]): Promise<void> {
  const how = [
    '--quiet',
    '--detach=false',
    '--no-resolve-image',
    ...['--update-monitor', '1s', '--update-delay', '2s'],
  ];
  await stack.docker(['service', 'update', ...how, ...change, service]);
  await stack.settled();
}
