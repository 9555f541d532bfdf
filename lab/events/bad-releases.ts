import { inVariant } from '../deploy.ts';
import type { Event } from '../event.ts';
import type { Load } from '../load/load.ts';
import { publishBad, type ServiceName } from '../release.ts';
import type { Stack } from '../stack.ts';
import { ensureGoodDraws, ensureVersion, good } from './shared/ensure.ts';
import { failedUntilRefused, refused, type SeenBy } from './shared/refused.ts';
import { moreUnderWay, wasUnderWay } from './shared/under-load.ts';

/** An animal is a file in lab/zoo, loaded before a good release; or a file of the stack is changed; or there is none. */
type What =
  | { service: ServiceName; animal: string }
  | { file: string; change: (text: string) => string }
  | { version: string };

const animal = (service: ServiceName, name: string): What => ({ service, animal: name });
const changed = (file: string, change: (text: string) => string): What => ({ file, change });

/** What a release does, what it is, how the deploy command must speak of it, and what it makes fail; by who sees it. */
const releases: Record<SeenBy, [does: string, what: What, cause: RegExp, mayFail?: Event['mayFail']][]> = {
  rehearsal: [
    ['answers 500 to draws', animal('service1', 'answers-500'), /service1 .*not healthy.*500/s],
    ['exits at its start', animal('service2', 'exits-at-start'), /service2 .*with code 3.*garages/s],
    ['is never healthy', animal('service3', 'never-healthy'), /service3 .*not healthy.*refused/s],
    ['answers rubbish', animal('service4', 'answers-rubbish'), /service4 .*not healthy.*undefined/s],
    ['ignores SIGTERM', animal('service2', 'ignores-sigterm'), /service2 .*ignores SIGTERM/],
    ['has no image', { version: '9.9.9' }, /service\d cannot be started.*9\.9\.9/s],
  ],
  swarm: [
    ['dies after 20 seconds', animal('service1', 'dies-later'), /service1 was rolled back.*licence/s],
    ['leaks memory', animal('service3', 'leaks'), /service3 was rolled back.*(137|OOM|unhealthy)/is],
    [
      'lacks its secret',
      changed('docker-compose.yml', text => text.replace(/ {4}secrets:\n.*source: db_password,.*\n/, '')),
      /service1 was rolled back by the swarm.*DB_PASSWORD_FILE/s,
    ],
    [
      'has no colour for the letter Q',
      changed('service4/colours.json', text => text.replace(/ *"Q": .*\n/, '')),
      /service4 was rolled back by the swarm.*to give Q a name/s,
    ],
    [
      'has a key that a swarm ignores',
      changed('docker-compose.yml', text =>
        text.replace(/ service2:\n.*\n/, '$&    security_opt: [label=disable]\n'),
      ),
      /Ignoring unsupported options: security_opt/,
    ],
  ],
  draws: [
    [
      'shows no page',
      animal('service1', 'breaks-the-page'),
      /answered 500 to a draw as text\/html.*template/s,
      ({ status, reason }) => status === 500 && /template is missing/i.test(reason),
    ],
    [
      'looks for service 2 where it is not',
      changed('docker-compose.yml', text => text.replace('http://service2:5001', 'http://nobody:5001')),
      /nginx answered 503 to a draw.*number service did not answer/is,
      ({ status, reason }) => status === 503 && /number service did not answer/i.test(reason),
    ],
  ],
};

const promises: Record<SeenBy, string> = {
  rehearsal:
    'The deploy command finds it in a rehearsal, touches nothing, and names the cause; no request fails.',
  swarm: `The deploy command fails and names the cause, version ${good} goes on as it was, and no request fails.`,
  draws: `No health check sees this one: draws fail until the deploy command draws, fails, and has put version ${good} back.`,
};

/** Whatever is wrong with a release, the deploy fails and says why. The first that each sees happens at every commit. */
export default function badReleaseEvents(stack: Stack): Event[] {
  return (Object.keys(releases) as SeenBy[]).flatMap(seenBy =>
    releases[seenBy].map(([does, what, cause, mayFail], index) => ({
      name: `A release that ${does}`,
      group: index === 0 ? 'Bad releases' : 'More bad releases',
      promise: promises[seenBy],
      async prepare() {
        if ('animal' in what) await publishBad(what.service, what.animal, good);
        await ensureVersion(stack);
        await stack.settled();
      },
      happen: (load: Load) =>
        withRelease(what, (args, folder) => refused(stack, load, { args, folder, cause, seenBy })),
      async restore() {
        await ensureVersion(stack);
        await ensureGoodDraws(stack);
      },
      ...(seenBy === 'swarm' && { mayFail: wasUnderWay, check: moreUnderWay }),
      ...(mayFail && { mayFail, check: failedUntilRefused }),
    })),
  );
}

function withRelease<Value>(what: What, deploy: (args: string[], folder?: string) => Promise<Value>) {
  if ('version' in what) return deploy(['--version', what.version]);
  if ('animal' in what) return deploy(['--version', `${good}-${what.animal}`, '--only', what.service]);
  return inVariant(what.file, what.change, folder => deploy(['--version', good], folder));
}
