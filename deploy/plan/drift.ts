import { docker } from '../swarm/docker.ts';
import { engine } from '../swarm/engine.ts';
import type { Service } from '../swarm/swarm.ts';
import { networkDrift } from './drift-networks.ts';
import { type Deployed, deployedOf, isLabelled, type Live, shortName, stackLabel } from './live.ts';
import type { Preparation } from './plan.ts';
import { differences, type Settings } from './settings.ts';

/** The image that `docker stack deploy` gave a service: where it is the same again, that leaves alone the one it has. */
const imageLabel = 'com.docker.stack.image';

/**
 * How what runs differs from what a release left, in lines, and what heals it where `docker stack deploy` would not:
 * it leaves alone, or even stumbles over, what is not labelled as its own, and cannot change a service's mode.
 */
export function driftOf(stack: string, deployed: Deployed, live: Live): Preparation[] {
  const now = deployedOf(stack, live);
  const missing = Object.keys(deployed.services).filter(name => !(name in now.services));
  return [
    ...missing.map(name => ({ lines: [`- ${name}: none, deployed: ${deployed.services[name]?.image}`] })),
    ...live.services.map(service => {
      const name = shortName(service, stack);
      const [left, is] = [deployed.services[name], now.services[name] ?? {}];
      return left === undefined ? strayOf(service, stack) : changesOf(service, stack, left, is);
    }),
    ...networkDrift(stack, deployed, now),
  ].filter(({ lines }) => lines.length > 0);
}

/** The services that only have a name like the stack's, to be removed: `docker stack deploy` would stumble over them. */
export function strayOf(service: Service, stack: string): Preparation {
  const { Image } = service.Spec.TaskTemplate.ContainerSpec;
  return {
    lines: [`+ ${shortName(service, stack)}: ${Image}, not deployed`],
    carryOut: () => remove(service),
  };
}

function changesOf(service: Service, stack: string, deployed: Settings, now: Settings): Preparation {
  const lines = differences(shortName(service, stack), deployed, now);
  if ('replicas' in deployed !== 'replicas' in now) return { lines, carryOut: () => remove(service) };
  const labels = [
    ...(isLabelled(service, stack) ? [] : ['--label-add', `${stackLabel}=${stack}`]),
    ...(deployed.image === now.image ? [] : ['--label-rm', imageLabel]),
  ];
  return labels.length > 0 ? { lines, carryOut: () => label(service, labels) } : { lines };
}

function remove({ ID }: Service): Promise<void> {
  return engine.remove(`/services/${ID}`);
}

function label({ ID }: Service, how: string[]): Promise<unknown> {
  return docker(['service', 'update', '--detach', ...how, ID]);
}
