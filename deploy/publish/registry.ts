import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DockerError } from '../swarm/docker.ts';
import { engine } from '../swarm/engine.ts';

/** Logins to registries, by their addresses, as an engine takes them. */
export type Logins = Record<string, string>;

const patienceMs = 10_000;
const dockerHub = 'https://index.docker.io/v1/'; // as docker's client calls it

/**
 * The digest that a registry has for NAME:TAG. The manager's engine asks, for what matters is what the nodes reach.
 * Throws a DockerError if the registry does not say it within ten seconds.
 */
export async function digestOf(image: string): Promise<string> {
  const login = loginsFor([image])[registryOf(image)];
  const how = { ...(login && { headers: { 'x-registry-auth': login } }), patienceMs };
  const found = await engine
    .get<{ Descriptor: { digest: string } }>(`/distribution/${image}/json`, {}, how)
    .catch(cause => {
      const isLate = cause.cause?.code === 'UND_ERR_HEADERS_TIMEOUT';
      const reason = isLate
        ? `no answer within ${patienceMs / 1000} s`
        : cause.message.replace(/^.*?\/json: /s, '');
      throw new DockerError(reason, { cause });
    });
  return found.Descriptor.digest;
}

/** Whether a registry has NAME:TAG. Throws a DockerError if it does not say. */
export function isPublished(image: string): Promise<boolean> {
  return digestOf(image).then(
    () => true,
    ({ message }: Error) => {
      if (/not found|(manifest|name) unknown/i.test(message)) return false;
      throw new DockerError(`The registry does not say whether it has ${image}: ${message}`);
    },
  );
}

/** The logins to the registries of images, of those that docker's client knows (see `docker login`). */
export function loginsFor(images: string[]): Logins {
  const registries = new Set(images.map(registryOf));
  return Object.fromEntries(
    [...registries].flatMap(registry => {
      const login = loginTo(registry);
      return login ? [[registry, encoded({ ...login, serveraddress: registry })]] : [];
    }),
  );
}

/** The registry of an image: what stands before the first slash, if that can be a host; else Docker Hub. */
export function registryOf(image: string): string {
  const [first = '', ...more] = image.split('/');
  return more.length > 0 && /[.:]|^localhost$/.test(first) ? first : dockerHub;
}

type Config = {
  auths?: Record<string, { auth?: string; identitytoken?: string }>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
};

function readConfig(): Config {
  try {
    const folder = process.env.DOCKER_CONFIG || join(homedir(), '.docker');
    return JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
  } catch {
    return {}; // nobody has logged in
  }
}

/** What docker's client knows of a registry: a user with a password or an identity token; null if nothing. */
export function loginTo(registry: string): Record<string, string | undefined> | null {
  const { auths, credHelpers, credsStore } = readConfig();
  const helper = credHelpers?.[registry] ?? credsStore;
  const { auth, identitytoken } = auths?.[registry] ?? {};
  if (!auth) return helper ? askHelper(helper, registry) : null;
  const [, username, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(auth, 'base64').toString()) ?? [];
  return identitytoken ? { username, identitytoken } : { username, password };
}

function askHelper(helper: string, input: string) {
  try {
    const how = { input, encoding: 'utf8', env: process.env } as const;
    const text = execFileSync(`docker-credential-${helper}`, ['get'], how);
    const { Username: username, Secret: secret } = JSON.parse(text);
    return username === '<token>' ? { identitytoken: secret } : { username, password: secret };
  } catch {
    return null; // it knows no login to this one
  }
}

/** In the base64 for addresses, with its padding, that an engine wants. */
function encoded(login: object): string {
  return Buffer.from(JSON.stringify(login)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
