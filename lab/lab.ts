import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { down } from './down.ts';
import { stopEngine } from './engine.ts';
import { nodes } from './nodes.ts';
import { step } from './progress.ts';
import { firstDeploy, prove } from './prove.ts';
import { publishBaseImages, publishRelease } from './release.ts';
import { openStack } from './stack.ts';
import { up } from './up.ts';

const usage = `A real three-node Docker Swarm on this one machine, with the stack on it, and the proofs that it holds.

  npm run lab                        all of the following, one after the other; takes the options of prove
  npm run lab -- up                  registry, three nodes, a swarm with one manager
  npm run lab -- up --bare           registry and three hosts without Docker, for Ansible
  npm run lab -- deploy              builds version 1.0.0 and deploys it
  npm run lab -- prove               lets everything happen to it, and writes test-output/lab/report.html
      --only TEXT                    only the events with TEXT in their name
      --group NAME                   only the events of that group, like Planned; more than one may be named
  npm run lab -- down                removes all of it, and fails if anything is left
  npm run lab -- down --engine       and stops the Docker Engine that the lab started`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    bare: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    group: { type: 'string', multiple: true, default: [] },
    engine: { type: 'boolean', default: false },
  },
});

const commands: Record<string, () => Promise<void>> = {
  async up() {
    await up(values.bare);
    console.log(`The lab is up: ${nodes.map(({ name, address }) => `${name} ${address}`).join(', ')}`);
  },
  async deploy() {
    await step('The images of NGINX and MySQL are published', publishBaseImages);
    await step('Version 1.0.0 is published', () => publishRelease('1.0.0'));
    await deployFirst();
  },
  async prove() {
    const { passed, failed } = await prove({ only: values.only, groups: values.group });
    console.log(`${passed} proven, ${failed} not; see test-output/lab/report.html`);
    if (failed > 0) process.exitCode = 1;
  },
  async down() {
    await step('The lab is gone: no container, network, volume, mount, process or folder is left', down);
    if (values.engine) await stopEngine();
  },
  async all() {
    for (const name of ['up', 'deploy', 'prove', 'down']) await commands[name]?.();
  },
};

const command = commands[positionals[0] ?? 'all'];
if (!command) {
  console.error(usage);
  process.exit(2);
}
try {
  await command();
} catch (error) {
  for (let reason = error; reason instanceof Error; reason = reason.cause) console.error(reason.message);
  process.exitCode = 1;
}

async function deployFirst(): Promise<void> {
  const stack = await openStack();
  try {
    const { code, output, seconds } = await stack.deploy(['--version', '1.0.0']);
    console.log(output);
    await writeFile(firstDeploy, `${seconds.toFixed(0)} s`);
    if (code !== 0) throw new Error('The first deploy failed; see above.');
  } finally {
    await stack.close();
  }
}
