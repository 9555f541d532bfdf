import { DeployError } from '../report.ts';
import { engine } from '../swarm/engine.ts';
import type { Deployed } from './live.ts';
import type { Preparation } from './plan.ts';
import { differences } from './settings.ts';

/**
 * How the networks of a stack differ from those that a release left. `docker stack deploy` makes one that is missing,
 * but takes any other of its name for its own.
 */
export function networkDrift(stack: string, deployed: Deployed, now: Deployed): Preparation[] {
  return Object.entries(deployed.networks).map(([name, left]) => {
    const is = now.networks[name];
    if (is === undefined) return { lines: [`- network ${name}: none, deployed: ${left.driver}`] };
    const lines = differences(`network ${name}`, left, is);
    return { lines, carryOut: () => remove(name, stack) };
  });
}

async function remove(name: string, stack: string): Promise<void> {
  await engine.remove(`/networks/${name}`).catch(cause => {
    throw new DeployError(
      `The network ${name} is another one than was deployed, and Docker can neither change nor remove it while it is used. Run \`docker stack rm ${stack}\` and deploy again; the people stay.`,
      { cause },
    );
  });
}
