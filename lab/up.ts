import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { labFolder, makeCredentials } from './credentials.ts';
import { down } from './down.ts';
import { dockerClient } from './engine.ts';
import { makeNetwork } from './network.ts';
import { ensureNode, nodes } from './nodes.ts';
import { step } from './progress.ts';
import { startRegistry } from './registry.ts';
import { run } from './run.ts';
import { formSwarm } from './swarm.ts';

/**
 * Brings up registry, nodes and swarm; what is up already stays as it is.
 * `bare` leaves the nodes without Docker and without a swarm, for Ansible to do all that.
 */
export async function up(bare: boolean): Promise<void> {
  await step('Docker Engine answers', dockerClient);
  await step('The base images are there', () =>
    run(join(import.meta.dirname, 'base-images.sh'), [], { showMessages: true }),
  );
  if (!existsSync(labFolder)) await step('Nothing is left of an earlier lab', down);
  await step('The lab has a certificate, keys and a password', makeCredentials);
  await step('The network is there', makeNetwork);
  await step('The registry answers', startRegistry);
  for (const node of nodes)
    await step(`${node.name} is ready at ${node.address}`, () => ensureNode(node, bare ? 'bare' : 'engine'));
  if (bare) return;
  await step('The swarm has one manager and two workers', () => formSwarm(1));
}
