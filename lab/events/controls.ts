import type { Event } from '../event.ts';
import type { Load } from '../load.ts';
import { publishBad } from '../release.ts';
import type { Stack } from '../stack.ts';
import { inVariant } from '../variant.ts';

const group = 'Controls';

/**
 * The proofs with one thing taken away: each must fail, every time, or the proofs prove nothing. NGINX's second try
 * hides most of what is taken away, so two of them go without it.
 */
export function controlEvents(stack: Stack): Event[] {
  return [
    {
      name: 'A client that knows one address and never retries',
      group,
      promise: 'Through the update of NGINX such a client loses requests: the gap on each node is real.',
      isNegative: true,
      load: { targets: stack.targets.slice(1, 2) },
      happen: load => step(load, 'NGINX is updated', () => withoutSecondTry(stack)),
    },
    {
      name: 'No drain',
      group,
      promise: 'Without the drain, and without a second try, an update of service 1 loses requests.',
      isNegative: true,
      prepare: () => withoutSecondTry(stack),
      happen: load => step(load, 'DRAIN_MS=0', () => undrained(stack)),
    },
    {
      name: 'A keep-alive shorter than that of NGINX',
      group,
      promise: 'A server that hangs up on idle connections first loses requests, without a second try.',
      isNegative: true,
      async prepare() {
        await withoutSecondTry(stack);
        const version = await publishBad('service1', 'hangs-up-early', '1.2.0');
        await succeed(stack, ['--version', version, '--only', 'service1'], withoutSecondTryIn);
      },
      happen: load =>
        step(load, 'hanging up early', () => new Promise(resolve => setTimeout(resolve, 10_000))),
      restore: () => succeed(stack, ['--version', '1.2.0']),
    },
  ];
}

async function step(load: Load, label: string, work: () => Promise<void>) {
  load.mark(label);
  await work();
  load.mark('done');
  return { problems: [], figures: {} };
}

/** NGINX as it is but that it sends no request to another replica, and forgets an address after 4 s instead of 1 s. */
function withoutSecondTryIn(text: string): string {
  return text
    .replace('proxy_next_upstream error timeout;', 'proxy_next_upstream off;')
    .replace('valid=1s', 'valid=4s');
}

function withoutSecondTry(stack: Stack): Promise<void> {
  return succeed(stack, ['--version', '1.2.0'], withoutSecondTryIn);
}

/** Replaces all tasks of service 1 twice, the second time tasks that do not drain; a swarm waits 2 s before it stops one. */
async function undrained(stack: Stack): Promise<void> {
  const update = (...args: string[]) =>
    stack.docker(['service', 'update', '--detach', ...args, 'motorpool_service1']);
  await update('--env-add', 'DRAIN_MS=0');
  await stack.settled();
  await update('--force');
  await stack.settled();
  await update('--env-rm', 'DRAIN_MS');
  await stack.settled();
}

async function succeed(stack: Stack, args: string[], changeNginx?: (text: string) => string): Promise<void> {
  const deploy = (folder?: string) => stack.deploy(args, folder);
  const { code, output } = await (changeNginx
    ? inVariant('nginx/nginx.conf', changeNginx, deploy)
    : deploy());
  if (code !== 0) throw new Error(`The deploy failed: ${output.slice(-1500)}`);
}
