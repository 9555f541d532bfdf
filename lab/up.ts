import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { labFolder, makeSshKey } from './credentials.ts';
import { down } from './down.ts';
import { dockerClient } from './engine.ts';
import { ensureBareNode } from './host-state.ts';
import { makeNetwork } from './network.ts';
import { nodes } from './nodes.ts';
import { step } from './progress.ts';
import { run } from './run.ts';

/** Brings up three bare hosts, for Ansible to make a swarm of; what is up already stays as it is. */
export async function up(): Promise<void> {
  await step('Docker Engine answers', dockerClient);
  await step('The base images are there', () =>
    run(join(import.meta.dirname, 'base-images.sh'), [], { showMessages: true }),
  );
  if (!existsSync(labFolder)) await step('Nothing is left of an earlier lab', down);
  await step('The lab has a key for SSH', makeSshKey);
  await step('The network is there', makeNetwork);
  for (const node of nodes)
    await step(`${node.name} is ready at ${node.address}`, () => ensureBareNode(node));
}
