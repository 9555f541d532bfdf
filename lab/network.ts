import { networkInterfaces } from 'node:os';
import { docker, exists } from './engine.ts';

/** The prefix of the name and the label of everything that the lab makes; MOTORPOOL_LAB_NAME sets another for a second lab. */
export const labName = process.env.MOTORPOOL_LAB_NAME ?? 'motorpool-lab';

/** The first three bytes of the lab's addresses; MOTORPOOL_LAB_NETWORK sets others where these are taken. */
const prefix = process.env.MOTORPOOL_LAB_NETWORK ?? '172.30.77';

/** The address in the lab's network that ends with `lastByte`; reachable from this machine too. */
export function labAddress(lastByte: number): string {
  return `${prefix}.${lastByte}`;
}

/** Makes the network that the nodes and the registry share. Throws if this machine has such a network already. */
export async function makeNetwork(): Promise<void> {
  if (await exists('network', labName)) return;
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (addresses?.some(({ address }) => address.startsWith(`${prefix}.`)))
      throw new Error(
        `The network ${prefix}.0/24 is taken by ${name}; choose another by MOTORPOOL_LAB_NETWORK.`,
      );
  }
  await docker(['network', 'create', '--label', labName, '--subnet', `${prefix}.0/24`, labName]);
}
