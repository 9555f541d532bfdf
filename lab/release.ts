import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openRegistry } from '../deploy/publish/registry-tunnel.ts';
import { labFolder, registryPassword } from './credentials.ts';
import { nodeNumber, sshArgs } from './nodes.ts';
import { docker, dockerClient, run } from './run.ts';

/** The four services, each an image of its own. */
export const services = ['service1', 'service2', 'service3', 'service4'] as const;

/** The name of one of the four services. */
export type ServiceName = (typeof services)[number];

const host = nodeNumber(1);

/** The registry's address, HOST:PORT, on the first node: TLS with a certificate of its own, and a password. */
export const registryAddress = `${host.address}:5000`;

/** The only user that the registry knows; `registryPassword` gives the password. */
export const registryUser = 'motorpool';

/** Where the nodes find the images of the services. */
export const images = `${registryAddress}/motorpool`;

/** Builds all four services in a version and pushes them. */
export async function publishRelease(version: string): Promise<void> {
  const environment = { VERSION: version, REVISION: 'lab', MOTORPOOL_DOCKER: await dockerClient() };
  await run('bash', ['scripts/build-images.sh'], { environment });
  for (const service of services)
    await pushOver(`motorpool/${service}:${version}`, `motorpool/${service}:${version}`);
}

/** Makes a bad release of a service out of a good version of it (see zoo/zoo.mjs) and pushes it. Gives its version. */
export async function publishBad(service: ServiceName, animal: string, good: string): Promise<string> {
  const version = `${good}-${animal}`;
  const facts = { GOOD: `motorpool/${service}:${good}`, ANIMAL: animal, VERSION: version };
  const args = Object.entries(facts).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  const image = `motorpool/${service}:${version}`;
  await docker(['build', '--quiet', ...args, '--tag', image, 'lab/zoo']);
  await pushOver(image, image);
  return version;
}

/** Pushes MySQL in an image that was built anew, as `name`. */
export async function pushOtherMysql(name: string): Promise<void> {
  const image = 'motorpool-lab-other-mysql:1';
  await docker(['build', '--quiet', '--label', 'other=yes', '--tag', image, '-'], {
    input: 'FROM mysql:9.7\n',
  });
  await pushOver(name, image);
}

/** Opens the lab's registry over SSH. */
export function openLabRegistry() {
  return openRegistry(registryAddress, `ssh://root@${host.address}`, sshArgs);
}

/** Pushes an image of this machine's engine over what the registry has as `name`, as Docker Hub does every month. */
export async function pushOver(name: string, image: string): Promise<void> {
  const { local, close } = await openLabRegistry();
  const config = await mkdtemp(join(labFolder, 'client-'));
  const client = ['--config', config];
  try {
    const login = [...client, 'login', '--username', registryUser, '--password-stdin', local];
    await docker(login, { input: await registryPassword() });
    await docker(['tag', image, `${local}/${name}`]);
    await docker([...client, 'push', '--quiet', `${local}/${name}`]);
    await docker(['image', 'rm', '--no-prune', `${local}/${name}`]);
  } finally {
    await rm(config, { recursive: true });
    await close();
  }
}

/** Which of the texts stand in an image of this machine's engine: in any file of any layer, or in its history. */
export async function foundInImage(image: string, texts: string[]): Promise<Set<string>> {
  const search = `"$0" save "$1" | grep --text --only-matching --fixed-strings --file=<(printf %s "$TEXTS") | sort -u`;
  // In the environment and not in the arguments, where everybody on this machine could read them.
  const environment = { TEXTS: texts.join('\n'), LC_ALL: 'C' };
  const found = await run('bash', ['-c', search, await dockerClient(), image], { environment });
  return new Set(found.split('\n').filter(line => line !== ''));
}
