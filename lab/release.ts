import { docker, dockerClient } from './engine.ts';
import { pushImage, registryAddress } from './registry.ts';
import { run } from './run.ts';

/** The four services, each an image of its own. */
export const services = ['service1', 'service2', 'service3', 'service4'] as const;

/** The name of one of the four services. */
export type ServiceName = (typeof services)[number];

/** Where the nodes find the images of the services. */
export const images = `${registryAddress}/motorpool`;

/** Builds all four services in a version and pushes them. */
export async function publishRelease(version: string): Promise<void> {
  for (const service of services) await publishService(service, version);
}

/** Builds one service in a version and pushes it. */
export async function publishService(service: ServiceName, version: string): Promise<void> {
  const environment = { VERSION: version, REVISION: 'lab', MOTORPOOL_DOCKER: await dockerClient() };
  await run('bash', ['scripts/build-images.sh', service], { environment });
  await pushImage(`motorpool/${service}:${version}`);
}

/** Makes a bad release of a service out of a good version of it (see lab/zoo) and pushes it. Gives its version. */
export async function publishBad(service: ServiceName, animal: string, good: string): Promise<string> {
  const version = `${good}-${animal}`;
  const facts = { GOOD: `motorpool/${service}:${good}`, ANIMAL: animal, VERSION: version };
  const args = Object.entries(facts).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  await docker(['build', '--quiet', ...args, '--tag', `motorpool/${service}:${version}`, 'lab/zoo']);
  await pushImage(`motorpool/${service}:${version}`);
  return version;
}
