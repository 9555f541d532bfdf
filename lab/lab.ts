import { argumentsOrEnd } from '../scripts/arguments.ts';
import { playWell } from './ansible.ts';
import { fleetFor, nodes } from './nodes.ts';
import { joinOwnCgroup } from './noise.ts';
import { play, playable } from './play.ts';
import { comeLast } from './priority.ts';
import { chosen, findEvents, groupsOf, type Outcome, prove } from './prove.ts';
import { dockerClient, run, stopEngine } from './run.ts';
import { openStack, type Stack } from './stack.ts';
import { step } from './until.ts';
import { down, up } from './up.ts';

const usage = `A real three-node Docker Swarm on this one machine, with the stack on it, and the proofs that it holds.

  npm run lab                        all of the following, one after the other; takes the options of prove
  npm run lab -- up                  three bare hosts: Debian with sshd and Python, no Docker
  npm run lab -- deploy              Ansible makes a swarm of them, and a registry, and deploys version 1.0.0
  npm run lab -- prove               lets things happen to it, and writes test-output/lab/report.html
      --all                          everything; else what every commit proves, and the groups whose turn it is
      --only TEXT                    only the events with TEXT in their name
      --group NAME                   only the events of that group, like Planned; more than one may be named
  npm run lab -- play                lets one event happen without saying which, for a class that watches /fleet, and tells
      --only TEXT                    one with TEXT in its name
      --after SECONDS                tells after so long; else when Enter is pressed
  npm run lab -- down                removes all of it, and fails if anything is left
  npm run lab -- down --engine       and stops the Docker Engine that the lab started`;

const { positionals, values } = argumentsOrEnd({
  allowPositionals: true,
  options: {
    all: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    group: { type: 'string', multiple: true, default: [] },
    after: { type: 'string' },
    engine: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

// Updates of the lab are watched for less long; where that is what matters, an event says otherwise.
process.env.UPDATE_MONITOR ??= '5s';
process.env.FLEET_FOR = fleetFor;

const commands: Record<string, () => Promise<void>> = {
  async up() {
    await up();
    console.log(`The lab is up: ${nodes.map(({ name, address }) => `${name} ${address}`).join(', ')}`);
  },
  async deploy() {
    await deployFirst();
  },
  async prove() {
    conclude(await proveAll(async () => 'not measured'));
  },
  async play() {
    const seconds = values.after === undefined ? null : Number(values.after);
    if (Number.isNaN(seconds))
      throw new Error(`Expected \`--after\` to be seconds, got \`${values.after}\`.`);
    const isWell = await withStack(async stack =>
      play(playable(await findEvents(stack), values.only), stack, seconds),
    );
    if (!isWell) process.exitCode = 1;
  },
  async down() {
    await step('The lab is gone: no container, network, volume or folder is left', down);
    if (values.engine) await stopEngine();
  },
  async all() {
    await down(); // what an earlier run left would be tested instead
    await commands.up?.();
    const outcome = await proveAll(deployFirst);
    await commands.down?.();
    conclude(outcome);
  },
};

const command = values.help ? undefined : commands[positionals[0] ?? 'all'];
if (!command) {
  console.error(usage);
  process.exit(2);
}
// A signal ends all that the lab has started, too: that listens for `exit`.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  await joinOwnCgroup();
  comeLast();
  await command();
} catch (error) {
  for (let reason = error; reason instanceof Error; reason = reason.cause) console.error(reason.message);
  process.exitCode = 1;
}

/**
 * Deploys for the first time, and gives how long that took. The images are built meanwhile, so that they are there when
 * the hosts have their packages.
 */
async function deployFirst(): Promise<string> {
  const isTask = (line: string) => /^(TASK|PLAY) \[/.test(line);
  const say = (line: string) => isTask(line) && console.log(line.replace(/ \*+$/, ''));
  const environment = { VERSION: '1.0.0', REVISION: 'lab', MOTORPOOL_DOCKER: await dockerClient() };
  const [{ seconds, output }] = await step('The hosts are a swarm that runs version 1.0.0', () =>
    Promise.all([
      playWell('site.yml', ['--extra-vars', 'release_version=1.0.0'], { say }),
      run('bash', ['scripts/build-images.sh'], { environment }),
    ]),
  );
  const deployed = /(\d+)\.\d s {2}Version 1\.0\.0 runs/.exec(output)?.[1] ?? 'unknown';
  return `${seconds.toFixed(0)} s, of which ${deployed} s from deploy to converged`;
}

async function proveAll(deployment: () => Promise<string>): Promise<Outcome> {
  return withStack(async stack =>
    prove(chosen(await findEvents(stack), values.only, await groups()), stack, deployment),
  );
}

async function withStack<Result>(work: (stack: Stack) => Promise<Result>): Promise<Result> {
  const stack = openStack();
  try {
    return await work(stack);
  } finally {
    await stack.close();
  }
}

function conclude({ passed, failed, repeated, unfit }: Outcome): void {
  for (const line of repeated) console.log(`Repeated: ${line}`);
  console.log(`${passed} proven, ${failed} not; see test-output/lab/report.html`);
  if (unfit) console.log(`unfit: ${unfit}`);
  if (failed > 0 || unfit) process.exitCode = 1;
}

async function groups(): Promise<string[]> {
  if (values.group.length > 0 || values.only !== '' || values.all) return values.group;
  return groupsOf(Number(await run('git', ['rev-list', '--count', '--first-parent', 'HEAD'])));
}
