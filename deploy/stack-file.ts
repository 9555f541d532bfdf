import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { docker } from './docker.ts';

/** A stack file as docker-compose.yml becomes it: everything filled in, nothing that a swarm does not know. */
export type StackFile = {
  services: Record<string, Record<string, unknown>>;
  networks: Record<string, unknown>;
  volumes: Record<string, unknown>;
  configs: Record<string, { name: string; file?: string; external?: boolean }>;
  secrets: Record<string, { name: string; file?: string; external?: boolean }>;
};

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
  const { services, networks, volumes, configs, secrets }: StackFile = parse(stdout);
  for (const service of Object.values(services)) delete service.build; // the images are built and pushed before
  secrets.db_password = { name: release.password, external: true };
  secrets.db_first_password = { name: release.firstPassword, external: true };
  return { services, networks, volumes, configs, secrets };
}

/** A stack file as text. */
export function textOf(file: StackFile): string {
  return stringify(file, { lineWidth: 0 });
}

/** A short hash of a text, for names that must change with their content. */
export function hashOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
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
