import { rm } from 'node:fs/promises';
import { credentialsFolder } from '../../credentials.ts';
import { ensureBareNode } from '../../host-state.ts';
import { inNode, nodes, removeNode } from '../../nodes.ts';

/** Sees to it that the nodes have not even the packages of an engine, and the controller no key of a registry. */
export async function ensureBare(): Promise<void> {
  await rm(credentialsFolder, { recursive: true, force: true });
  for (const node of nodes) {
    if ((await inNode(node, 'command -v dockerd; true')) !== '') await removeNode(node);
  }
  await ensureBareNode(...nodes);
}
