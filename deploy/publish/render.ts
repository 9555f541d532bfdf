import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { docker } from '../swarm/docker.ts';
import { hashOf, type StackFile } from './stack-file.ts';

/** What varies from release to release. */
export type Release = {
  version: string;
  revision: string;
  /** Where the images are, as host:port/name or a name. */
  images: string;
  /** The name of the Swarm secret with the database's password, and of the one it was first set up with. */
  password: string;
  firstPassword: string;
  /** The placement constraint of the database. */
  databaseNode: string;
};

/** Fills docker-compose.yml in for a release. Throws a DockerError if docker does not understand the file. */
export async function renderStackFile(release: Release): Promise<StackFile> {
  const env = {
    VERSION: release.version,
    REVISION: release.revision,
    IMAGES: release.images,
    DATABASE_NODE: release.databaseNode,
    ...configHashes(),
  };
  const { stdout } = await docker(['stack', 'config', '--compose-file', 'docker-compose.yml'], { env });
  return forSwarm(parse(stdout), release);
}

/** What `docker stack config` gives, without what a swarm does not know, and with the swarm's own passwords. */
export function forSwarm(
  { services, networks, volumes, configs, secrets }: StackFile,
  { password, firstPassword }: Pick<Release, 'password' | 'firstPassword'>,
): StackFile {
  const images = Object.entries(services).map(([name, { build: _built, ...service }]) => [name, service]);
  const passwords = {
    db_password: { name: password, external: true },
    db_first_password: { name: firstPassword, external: true },
  };
  return {
    services: Object.fromEntries(images),
    networks,
    volumes,
    configs,
    secrets: { ...secrets, ...passwords },
  };
}

/** NGINX_CONF_HASH and its like: the variables of docker-compose.yml that carry a config's content into its name. */
function configHashes(): Record<string, string> {
  const { configs }: StackFile = parse(readFileSync('docker-compose.yml', 'utf8'));
  return Object.fromEntries(
    Object.entries(configs).map(([key, { file = '' }]) => [
      `${key.toUpperCase()}_HASH`,
      hashOf(readFileSync(file)),
    ]),
  );
}
