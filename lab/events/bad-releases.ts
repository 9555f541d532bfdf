import { inVariant } from '../deploy.ts';
import type { Event } from '../event.ts';
import type { Failure, Load } from '../load/load.ts';
import { publishBad, type ServiceName } from '../release.ts';
import type { Stack } from '../stack.ts';
import { ensureGoodDraws, ensureVersion, good } from './shared/ensure.ts';
import { failedUntilRefused, type Refused, refused } from './shared/refused.ts';

type Bad = Pick<Refused, 'cause' | 'seenBy'> & {
  /** Whether it happens at every commit, since it stands for all that are seen by the same. */
  isTypical?: boolean;
  mayFail?: (failure: Failure) => boolean;
} & (
    | { service: ServiceName /** A file in lab/zoo, loaded before a good release. */; animal: string }
    | { file: string; change: (text: string) => string }
    | { version: string }
  );

const promises = {
  rehearsal: 'The deploy command finds it in a rehearsal, before the stack is touched, and names the cause',
  swarm: `The deploy command fails and names the cause, and version ${good} goes on as it was`,
  draws: `No health check sees this one, so requests fail until the deploy command draws, fails, and has put version ${good} back`,
};

const releases: Record<string, Bad> = {
  'exits at its start': {
    service: 'service2',
    animal: 'exits-at-start',
    cause: /service2 .*exits at start, with code 3.*garages/s,
    seenBy: 'rehearsal',
  },
  'is never healthy': {
    service: 'service3',
    animal: 'never-healthy',
    cause: /service3 .*not healthy.*refused/s,
    seenBy: 'rehearsal',
  },
  'answers 500 to draws': {
    service: 'service1',
    animal: 'answers-500',
    cause: /service1 .*not healthy.*500/s,
    seenBy: 'rehearsal',
    isTypical: true,
  },
  'answers rubbish': {
    service: 'service4',
    animal: 'answers-rubbish',
    cause: /service4 .*not healthy.*undefined/s,
    seenBy: 'rehearsal',
  },
  'ignores SIGTERM': {
    service: 'service2',
    animal: 'ignores-sigterm',
    cause: /service2 .*ignores SIGTERM/,
    seenBy: 'rehearsal',
  },
  'does not exist as an image': {
    version: '9.9.9',
    cause: /service\d cannot be started.*9\.9\.9/s,
    seenBy: 'rehearsal',
  },
  'is healthy and dies after 20 seconds': {
    service: 'service1',
    animal: 'dies-later',
    cause: /service1 was rolled back by the swarm.*licence/s,
    seenBy: 'swarm',
    isTypical: true,
  },
  'leaks memory until it is killed': {
    service: 'service3',
    animal: 'leaks',
    cause: /service3 was rolled back by the swarm.*(137|OOM|unhealthy)/is,
    seenBy: 'swarm',
  },
  'lacks its secret': {
    file: 'docker-compose.yml',
    change: text => text.replace(/ {4}secrets:\n {6}- \{ source: db_password,.*\n/, ''),
    cause: /service1 was rolled back by the swarm.*DB_PASSWORD_FILE/s,
    seenBy: 'swarm',
  },
  'has no colour for the letter Q': {
    file: 'service4/colours.json',
    change: text => text.replace(/ *"Q": .*\n/, ''),
    cause: /service4 was rolled back by the swarm.*to give Q a name/s,
    seenBy: 'swarm',
  },
  'has a key in its stack file that a swarm ignores': {
    file: 'docker-compose.yml',
    change: text => text.replace(/ {2}service2:\n/, '$&    security_opt: ["no-new-privileges:true"]\n'),
    cause: /Ignoring unsupported options: security_opt/,
    seenBy: 'swarm',
  },
  'shows no page but draws in JSON': {
    service: 'service1',
    animal: 'breaks-the-page',
    cause: /nginx answered 500 to a draw as text\/html.*template/s,
    seenBy: 'draws',
    isTypical: true,
    mayFail: ({ method, status }) => method === 'GET' && status === 500,
  },
  'looks for service 2 where it is not': {
    file: 'docker-compose.yml',
    change: text => text.replace('SERVICE2_URL: http://service2:5001', 'SERVICE2_URL: http://nobody:5001'),
    cause: /nginx answered 503 to a draw.*number service did not answer/is,
    seenBy: 'draws',
    mayFail: ({ status, reason }) => status === 503 && /number service did not answer/i.test(reason),
  },
};

/** Whatever is wrong with a release, the deploy fails and says why, and who uses the stack notices as little as can be. */
export default function badReleaseEvents(stack: Stack): Event[] {
  return Object.entries(releases).map(([does, bad]) => ({
    name: `A release that ${does}`,
    group: bad.isTypical ? 'Bad releases' : 'More bad releases',
    promise: `${promises[bad.seenBy]}${bad.mayFail ? '.' : '; no request fails.'}`,
    async prepare() {
      if ('animal' in bad) await publishBad(bad.service, bad.animal, good);
      await ensureVersion(stack);
      await stack.settled();
    },
    happen: load => deployBad(stack, load, bad),
    restore: () => ensureGoodDraws(stack),
    ...(bad.mayFail ? { mayFail: bad.mayFail, check: failedUntilRefused } : {}),
  }));
}

function deployBad(stack: Stack, load: Load, bad: Bad) {
  const deploy = (args: string[], folder?: string) =>
    refused(stack, load, { args, folder, cause: bad.cause, seenBy: bad.seenBy });
  if ('version' in bad) return deploy(['--version', bad.version]);
  if ('animal' in bad) return deploy(['--version', `${good}-${bad.animal}`, '--only', bad.service]);
  return inVariant(bad.file, bad.change, folder => deploy(['--version', good], folder));
}
