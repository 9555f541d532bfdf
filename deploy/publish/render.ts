import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parse } from 'yaml';
import { DeployError } from '../report.ts';
import { docker } from '../swarm/docker.ts';
import { type CertificateSecrets, withCertificate, withHttpsOf } from './https.ts';
import { hashOf, readStackFile, type StackFile } from './stack-file.ts';

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
  /** The secrets with its certificate; null without HTTPS. */
  certificate: CertificateSecrets | null;
  /** The names of the nodes that have the database as a group; none for a single server. */
  members: string[];
};

const compose = 'docker-compose.yml';
const https = 'nginx/https.yml';
const proxyProtocol = 'nginx/proxy-protocol.yml';

/**
 * Fills docker-compose.yml in for a release, with what is optional where it is wanted: HTTPS with a certificate, the PROXY
 * protocol where PROXY_PORT is set. Throws a DockerError if docker does not understand the files, and a DeployError if
 * NGINX would not start with what is set of it.
 */
export async function renderStackFile(release: Release): Promise<StackFile> {
  checkSettings(process.env);
  const env = {
    VERSION: release.version,
    REVISION: release.revision,
    IMAGES: release.images,
    DATABASE_NODE: release.databaseNode,
    ...configHashes(compose),
  };
  const files = [compose, ...(process.env.PROXY_PORT ? [proxyProtocol] : [])];
  const args = files.flatMap(file => ['--compose-file', file]);
  const { stdout } = await docker(['stack', 'config', ...args], { env });
  const file = forSwarm(parse(stdout), release);
  return release.certificate
    ? withCertificate(withHttpsOf(file, await renderHttps()), release.certificate)
    : file;
}

function checkSettings({ PROXIES: proxies = '', HSTS_SECONDS: seconds = '' }: NodeJS.ProcessEnv): void {
  const strange = proxies.split(/[\s,]+/).filter(proxy => proxy !== '' && !isNetwork(proxy));
  if (strange.length > 0)
    throw new DeployError(
      `Nothing was touched: PROXIES takes addresses and networks like 10.0.0.0/8, not ${strange.join(', ')}.`,
    );
  if (!/^\d*$/.test(seconds))
    throw new DeployError(`Nothing was touched: HSTS_SECONDS takes a number of seconds, not "${seconds}".`);
}

function isNetwork(text: string): boolean {
  const [, address = '', length = '0'] = /^([\da-f.:]+)(?:\/(\d+))?$/i.exec(text) ?? [];
  return isIP(address) !== 0 && Number(length) <= (isIP(address) === 4 ? 32 : 128);
}

/** Fills in what HTTPS adds to a stack file. Throws a DockerError if docker does not understand it. */
export async function renderHttps(): Promise<StackFile> {
  // Not as a file: its paths begin where docker-compose.yml is.
  const how = { input: readFileSync(https, 'utf8'), env: configHashes(https) };
  const { stdout } = await docker(['stack', 'config', '--compose-file', '-'], how);
  return parse(stdout);
}

/** What `docker stack config` gives, without what a swarm does not know, and with the swarm's own passwords. */
export function forSwarm(
  { services, networks, volumes, configs, secrets }: StackFile,
  { password, firstPassword, members }: Pick<Release, 'password' | 'firstPassword' | 'members'>,
): StackFile {
  const images = Object.entries(services).map(([name, { build: _built, ...service }]) => [
    name,
    name === 'db' && members.length > 0 ? asGroup(service, members) : service,
  ]);
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

/** The database with one server on each of its nodes, which db/member.sh makes a group of. */
function asGroup({ environment, deploy, ...service }: StackFile['services'][string], members: string[]) {
  const { replicas: _one, ...how } = Object(deploy);
  return {
    ...service,
    environment: { ...Object(environment), DB_MEMBERS: members.join(',') },
    deploy: { ...how, mode: 'global' },
  };
}

/** NGINX_CONF_HASH and its like: the variables of a file that carry a config's content into its name. */
function configHashes(file: string): Record<string, string> {
  const { configs } = readStackFile(file);
  return Object.fromEntries(
    Object.entries(configs).map(([key, { file = '' }]) => [
      `${key.toUpperCase()}_HASH`,
      hashOf(readFileSync(file)),
    ]),
  );
}
