import type { Event, Finding } from '../event.ts';
import type { Load } from '../load.ts';
import { images, publishBad, type ServiceName, services } from '../release.ts';
import type { Stack } from '../stack.ts';
import { inVariant } from '../variant.ts';
import { ensureVersion } from './planned.ts';

const group = 'Bad releases';
const good = '1.2.0';

/** A bad release, and how the deploy command must speak of it. */
type Animal = {
  animal: string;
  service: ServiceName;
  does: string;
  cause: RegExp;
  /** Who sees it: the rehearsal before anything is changed, the swarm's own rollback, or the draws of the deploy. */
  seenBy: 'rehearsal' | 'swarm' | 'draws';
};

const animals: Animal[] = [
  {
    animal: 'exits-at-start',
    service: 'service2',
    does: 'exits at its start',
    cause: /service2 .*exits at start, with code 3.*garages/s,
    seenBy: 'rehearsal',
  },
  {
    animal: 'never-healthy',
    service: 'service3',
    does: 'is never healthy',
    cause: /service3 .*not healthy.*refused/s,
    seenBy: 'rehearsal',
  },
  {
    animal: 'answers-500',
    service: 'service1',
    does: 'answers 500 to draws',
    cause: /service1 .*not healthy.*500/s,
    seenBy: 'rehearsal',
  },
  {
    animal: 'answers-rubbish',
    service: 'service4',
    does: 'answers rubbish',
    cause: /service4 .*not healthy.*undefined/s,
    seenBy: 'rehearsal',
  },
  {
    animal: 'ignores-sigterm',
    service: 'service2',
    does: 'ignores SIGTERM',
    cause: /service2 .*ignores SIGTERM/,
    seenBy: 'rehearsal',
  },
  {
    animal: 'dies-later',
    service: 'service1',
    does: 'is healthy and dies after 20 seconds',
    cause: /service1 was rolled back by the swarm.*licence/s,
    seenBy: 'swarm',
  },
  {
    animal: 'leaks',
    service: 'service3',
    does: 'leaks memory until it is killed',
    cause: /service3 was rolled back by the swarm.*(137|OOM|unhealthy)/is,
    seenBy: 'swarm',
  },
];

/** The zoo: whatever is wrong with a release, the deploy fails and says why, and nobody who uses the stack notices. */
export function zooEvents(stack: Stack): Event[] {
  return eventsIn(stack).map(event => ({ ...event, prepare: () => ensureVersion(stack, services, good) }));
}

function eventsIn(stack: Stack): Event[] {
  return [
    ...animals.map(bad => ({
      name: `A release that ${bad.does}`,
      group,
      promise: `${sentence(bad)} The deploy command fails and names the cause; version ${good} goes on, no request fails.`,
      happen: async (load: Load) => {
        const version = await publishBad(bad.service, bad.animal, good);
        return refused(stack, load, ['--version', version, '--only', bad.service], bad.cause);
      },
    })),
    {
      name: 'A release whose image does not exist',
      group,
      promise: 'The deploy command fails and names the image; nothing was changed.',
      happen: load => refused(stack, load, ['--version', '9.9.9'], /service\d cannot be started.*9\.9\.9/),
    },
    {
      name: 'A release that lacks its secret',
      group,
      promise:
        'The swarm rolls back by itself, the deploy command fails and names the setting; no request fails.',
      happen: load =>
        inVariant('docker-compose.yml', withoutSecret, folder =>
          refused(
            stack,
            load,
            ['--version', good],
            /service1 was rolled back by the swarm.*DB_PASSWORD_FILE/s,
            folder,
          ),
        ),
    },
    {
      name: 'A stack file with a key that a swarm ignores',
      group,
      promise: 'The deploy command fails and names the key, instead of leaving a promise that nobody keeps.',
      happen: load =>
        inVariant('docker-compose.yml', withIgnoredKey, folder =>
          refused(stack, load, ['--version', good], /Ignoring unsupported options: security_opt/, folder),
        ),
    },
    {
      name: 'A release that shows no page but draws in JSON',
      group,
      promise:
        'No health check sees this one, and pages fail until the deploy command draws, fails, and puts version 1.2.0 back.',
      allowed: { failed: Number.POSITIVE_INFINITY },
      async happen(load) {
        const version = await publishBad('service1', 'breaks-the-page', good);
        return refused(
          stack,
          load,
          ['--version', version, '--only', 'service1'],
          /nginx answered 500 to a draw as text\/html.*template/s,
        );
      },
      check: async ({ failed }) =>
        failed > 0 ? [] : ['nobody noticed: then a health check has seen it, and this text is wrong'],
    },
  ];
}

function sentence({ does, seenBy }: Animal): string {
  if (seenBy === 'rehearsal')
    return `A release that ${does} is found in its rehearsal, before the stack is touched.`;
  return `A release that ${does} passes its health check at first, and is rolled back by the swarm.`;
}

async function refused(
  stack: Stack,
  load: Load,
  args: string[],
  cause: RegExp,
  folder?: string,
): Promise<Finding> {
  load.mark('deploy');
  const { code, output, seconds } = await stack.deploy(args, folder);
  load.mark('refused');
  const problems: string[] = [];
  if (code === 0) problems.push('the deploy command succeeded');
  if (!cause.test(output))
    problems.push(`the deploy command does not name the cause: ${output.slice(-1500)}`);
  for (const service of services) {
    const tasks = await stack.running(service);
    const wrong = tasks.filter(({ image }) => image !== `${images}/${service}:${good}`);
    if (tasks.length !== 2 || wrong.length > 0)
      problems.push(`${service} now runs ${tasks.map(({ image }) => image).join(', ')}`);
  }
  return { problems, figures: { 'refused after': `${seconds.toFixed(0)} s` } };
}

function withoutSecret(text: string): string {
  return text.replace(/ {4}secrets:\n {6}- \{ source: db_password,.*\n/, '');
}

function withIgnoredKey(text: string): string {
  return text.replace(
    '  service2:\n    <<: *service\n',
    '  service2:\n    <<: *service\n    security_opt: ["no-new-privileges:true"]\n',
  );
}
