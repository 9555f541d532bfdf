import { inVariant } from '../deploy.ts';
import type { Event, Finding } from '../event.ts';
import type { Load, LoadResult } from '../load/load.ts';
import { publishBad, type ServiceName } from '../release.ts';
import { type Stack, watchFor } from '../stack.ts';
import { amberTaxi, wrongDraws } from './shared/draws.ts';
import { ensureGoodDraws, ensureVersion, good, isIn } from './shared/ensure.ts';
import { differences, thingsOf } from './shared/things.ts';
import { replicasDie } from './shared/under-load.ts';

/** Who sees that a release is bad: its rehearsal, before anything is changed; the swarm or its client; only draws. */
type SeenBy = 'rehearsal' | 'swarm' | 'draws';

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
    [
      'has no image',
      { version: '9.9.9' },
      /nothing was touched, since no registry gives \S+service1:9\.9\.9/,
    ],
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
      /service2 answered 503 to a draw.*number service did not answer/is,
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
      ...(seenBy === 'swarm' && replicasDie),
      ...(mayFail && { mayFail, check: failedUntilRefused }),
    })),
  );
}

function withRelease<Value>(what: What, deploy: (args: string[], folder?: string) => Promise<Value>) {
  if ('version' in what) return deploy(['--version', what.version]);
  if ('animal' in what) return deploy(['--version', `${good}-${what.animal}`, '--only', what.service]);
  return inVariant(what.file, what.change, folder => deploy(['--version', good], folder));
}

type Refused = { args: string[]; folder?: string | undefined; cause: RegExp; seenBy: SeenBy };

const ended = 'refused';
const failsForMs = 120_000; // the deploy starts two tasks, draws, and starts two again

/** Deploys what must be refused, and looks that the cause is named and that the good version runs afterwards. */
async function refused(stack: Stack, load: Load, { args, folder, cause, seenBy }: Refused): Promise<Finding> {
  const before = await thingsOf(stack);
  load.mark('deploy');
  // What falls ill later is seen where updates are watched for as long as elsewhere.
  const variables: Record<string, string> = seenBy === 'swarm' ? { UPDATE_MONITOR: '' } : {};
  const { code, output, seconds } = await stack.deploy(args, folder, variables);
  load.mark(ended);
  const problems: string[] = [];
  if (code === 0) problems.push('the deploy command succeeded');
  if (!cause.test(output))
    problems.push(`the deploy command does not name the cause: ${output.slice(-1500)}`);
  if (seenBy === 'rehearsal') problems.push(...differences(before, await thingsOf(stack)));
  if (!(await isIn(stack, good))) problems.push('not all tasks run the good version afterwards');
  problems.push(...(await wrongDraws(stack, amberTaxi)));
  if (seenBy === 'draws') await watchFor(3); // for requests that fail although all was put back
  return { problems, figures: { 'refused after': `${seconds.toFixed(0)} s` } };
}

/** For what only draws see: requests must fail, and none any more when the deploy command has ended. */
async function failedUntilRefused({ failures, seconds, marks }: LoadResult): Promise<string[]> {
  const [first, last] = [failures[0], failures.at(-1)];
  if (!first || !last) return ['nobody noticed: then a health check has seen it, and this text is wrong'];
  if (last.at - first.at > failsForMs) return [`requests failed for ${(last.at - first.at) / 1000} s`];
  const end = marks.find(({ label }) => label === ended)?.at ?? 0;
  const late = seconds.filter(({ second, failed }) => failed > 0 && second * 1000 > end);
  return late.map(
    ({ second, failed }) =>
      `${failed} requests failed in second ${second}, after the deploy command had ended`,
  );
}
