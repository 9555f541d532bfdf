import { join } from 'node:path';
import { credential, labFolder, registryPassword } from './credentials.ts';
import { docker, exists } from './engine.ts';
import { labAddress, labName } from './network.ts';
import { until } from './until.ts';

const container = `${labName}-registry`;

/** The registry's address for the nodes, HOST:PORT; TLS with the lab's own certificate, and a password. */
export const registryAddress = `${labAddress(2)}:5000`;

/** The only user that the registry knows; `registryPassword` gives the password. */
export const registryUser = 'motorpool';

/** Starts the private registry and waits until it answers. */
export async function startRegistry(): Promise<void> {
  if (await exists('container', container)) {
    await docker(['start', container]);
  } else {
    await createRegistry();
  }
  await until('the registry answers', async () => (await localPort()) !== '');
  await until('the registry takes its password', async () => {
    await login();
    return true;
  });
}

/**
 * Pushes an image of this machine's engine to the registry, as NAME:TAG of its own name unless `name` says
 * otherwise, and gives the reference by digest under which the nodes can pull it.
 */
export async function pushImage(image: string, name = image): Promise<string> {
  const config = await login();
  const local = `127.0.0.1:${await localPort()}/${name}`;
  await docker(['tag', image, local]);
  await docker(['--config', config, 'push', '--quiet', local]);
  const digests = JSON.parse(await docker(['image', 'inspect', '--format', '{{json .RepoDigests}}', local]));
  await docker(['rmi', '--no-prune', local]);
  const repository = local.slice(0, local.lastIndexOf(':'));
  const digest = digests.find((reference: string) => reference.startsWith(`${repository}@`));
  return `${registryAddress}/${name}@${digest.split('@')[1]}`;
}

async function createRegistry(): Promise<void> {
  const settings = {
    REGISTRY_HTTP_TLS_CERTIFICATE: '/lab/registry.crt',
    REGISTRY_HTTP_TLS_KEY: '/lab/registry.key',
    REGISTRY_AUTH: 'htpasswd',
    REGISTRY_AUTH_HTPASSWD_REALM: labName,
    REGISTRY_AUTH_HTPASSWD_PATH: '/lab/htpasswd',
  };
  const files = (['registry.crt', 'registry.key', 'htpasswd'] as const).flatMap(name => [
    '--volume',
    `${credential(name)}:/lab/${name}:ro`,
  ]);
  await docker([
    ...['run', '--detach', '--name', container, '--label', labName],
    ...['--network', labName, '--ip', labAddress(2), '--publish', '127.0.0.1::5000'],
    ...Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...files,
    'registry:2',
  ]);
}

// An engine trusts a registry on 127.0.0.1 without its certificate, so this machine's settings stay as they are.
async function localPort(): Promise<string> {
  const published = await docker(['port', container, '5000/tcp']);
  return published.slice(published.lastIndexOf(':') + 1);
}

// Keeps the password in the lab's folder and out of the user's own ~/.docker.
async function login(): Promise<string> {
  const config = join(labFolder, 'docker');
  const port = await localPort();
  await docker(
    ['--config', config, 'login', '--username', registryUser, '--password-stdin', `127.0.0.1:${port}`],
    { input: await registryPassword() },
  );
  return config;
}

/** Gives the registry's password to a client of a node's engine, so that it may deploy images from there. */
export async function loginTo(dockerHost: string): Promise<void> {
  const config = join(labFolder, 'docker');
  await docker(
    [
      '--host',
      dockerHost,
      '--config',
      config,
      'login',
      '--username',
      registryUser,
      '--password-stdin',
      registryAddress,
    ],
    {
      input: await registryPassword(),
    },
  );
}
