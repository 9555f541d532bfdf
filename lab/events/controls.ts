import type { Event, Finding } from '../event.ts';
import type { Load, LoadResult } from '../load.ts';
import { failedBetween } from '../load-seconds.ts';
import { publishBad } from '../release.ts';
import { type Stack, watchFor } from '../stack.ts';
import { inVariant } from '../variant.ts';
import { ensureDeployed, ensureVersion, good } from './ensure.ts';

const group = 'Controls';

/**
 * The proofs with one thing taken away: each must lose requests, every time, or the proofs prove nothing. NGINX's
 * second try hides most of what is taken away, so all but the first go without it, and one event shows that this alone
 * loses nothing.
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
      happen: load =>
        twice(load, 'NGINX is updated', time => (time === 1 ? withoutSecondTry(stack) : asItWas(stack))),
      check: lostNothingAt,
      restore: () => asItWas(stack),
    },
    {
      name: 'A drain, and no second try',
      group,
      promise:
        'With an NGINX that never tries again the drain alone loses no request: the twin of the next one.',
      prepare: () => withoutSecondTry(stack),
      happen: load => replaceTwice(stack, load),
      restore: () => asItWas(stack),
    },
    {
      name: 'No drain, and no second try',
      group,
      promise: 'The same without the drain loses requests whenever the tasks of service 1 are replaced.',
      isNegative: true,
      async prepare() {
        await withoutSecondTry(stack);
        await replaceTasks(stack, '--env-add', 'DRAIN_MS=0');
      },
      happen: load => replaceTwice(stack, load),
      check: lostNothingAt,
      restore: () => asItWas(stack),
    },
    {
      name: 'A keep-alive shorter than that of NGINX',
      group,
      promise: 'A server that hangs up on idle connections first loses requests, without a second try.',
      isNegative: true,
      async prepare() {
        await withoutSecondTry(stack);
        const version = await publishBad('service1', 'hangs-up-early', good);
        await withoutSecondTry(stack, ['--version', version, '--only', 'service1']);
      },
      happen: load => twice(load, 'ten seconds', () => watchFor(10)),
      check: lostNothingAt,
      restore: () => asItWas(stack),
    },
  ];
}

/** Lets something happen two times, one after the other, each with a mark at its beginning. */
async function twice(load: Load, label: string, work: (time: 1 | 2) => Promise<void>): Promise<Finding> {
  load.mark(label);
  await work(1);
  load.mark(`${label} again`);
  await work(2);
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

/** NGINX as it is but that it sends no request to another replica, and forgets an address after 4 s instead of 1 s. */
function withoutSecondTry(stack: Stack, args = ['--version', good]): Promise<void> {
  const crippled = (text: string) =>
    [
      ['proxy_next_upstream error timeout;', 'proxy_next_upstream off;'],
      ['error_page 502 504 = $when_unanswered;', 'error_page 502 504 = @nobody;'],
      ['valid=1s', 'valid=4s'],
    ].reduce((changed, [part = '', other = '']) => {
      if (!changed.includes(part)) throw new Error(`nginx.conf has no "${part}" to take away.`);
      return changed.replace(part, other);
    }, text);
  return inVariant('nginx/nginx.conf', crippled, folder => ensureDeployed(stack, args, folder));
}

/** The stack file of this folder again, with its NGINX, its drain and the good version. */
function asItWas(stack: Stack): Promise<void> {
  return ensureDeployed(stack, ['--version', good]);
}

function replaceTwice(stack: Stack, load: Load): Promise<Finding> {
  return twice(load, 'the tasks of service 1 are replaced', () => replaceTasks(stack, '--force'));
}

/** Replaces all tasks of service 1. A swarm forgets a task's address 2 s before it stops it. */
async function replaceTasks(stack: Stack, ...change: string[]): Promise<void> {
  await stack.docker(['service', 'update', '--detach', ...change, 'motorpool_service1']);
  await stack.settled();
}
