import { randomBytes } from 'node:crypto';
import { keep, readKept } from '../history/kept.ts';
import type { StoredRelease } from '../history/releases.ts';
import { hashOf } from '../publish/stack-file.ts';
import type { Service } from '../swarm/swarm.ts';
import type { Preparation } from './plan.ts';

/** The names of the secrets that a stack uses: the database's password, and the one it was first set up with. */
export type PasswordNames = { password: string; firstPassword: string };

/**
 * The label of a password's secret. It is not the stack's own label: `docker stack rm` removes what carries that, but
 * leaves the volume that only this password opens.
 */
export const passwordLabel = 'motorpool.password-of';

/**
 * The secrets with the passwords of a stack, and what has to be done so that they are there. A password is made only
 * once; it is nowhere but in the swarm and in the memory of the containers that need it.
 */
export async function planPasswords(
  stack: string,
  services: Map<string, Service>,
  releases: StoredRelease[],
): Promise<{ names: PasswordNames; preparations: Preparation[] }> {
  const names = findPasswords(services, releases, await readPasswords(stack));
  if (names) return { names, preparations: [] };
  const password = newPassword();
  const name = nameOf(stack, password);
  return {
    names: { password: name, firstPassword: name },
    preparations: [
      { lines: ['+ a password for the database'], carryOut: () => createPassword(stack, password) },
    ],
  };
}

/**
 * The passwords of the newest release, for they are always valid; else those that the services use, else the newest
 * `kept` (which has the newest first). Null if there is none at all.
 */
export function findPasswords(
  services: Map<string, Service>,
  releases: StoredRelease[],
  kept: string[],
): PasswordNames | null {
  const remembered = (key: string) => kept.find(name => name === releases.at(-1)?.file.secrets[key]?.name);
  const first = remembered('db_first_password') ?? secretOf(services.get('db'), 'db_first_password');
  const used = remembered('db_password') ?? secretOf(services.get('service1'), 'db_password');
  const password = used ?? kept[0] ?? first;
  return password ? { password, firstPassword: first ?? password } : null;
}

/** A new random password, 160 bits in characters that need no quoting, neither in SQL nor in a shell. */
export function newPassword(): string {
  return randomBytes(20).toString('hex');
}

/** Stores a password as a Swarm secret and gives the secret's name. */
export async function createPassword(stack: string, password: string): Promise<string> {
  const name = nameOf(stack, password);
  await keep('secrets', name, { [passwordLabel]: stack }, password);
  return name;
}

function nameOf(stack: string, password: string): string {
  return `${stack}_db_password_${hashOf(password)}`;
}

async function readPasswords(stack: string): Promise<string[]> {
  const secrets = await readKept('secrets', { label: [`${passwordLabel}=${stack}`] });
  return secrets
    .sort((one, other) => other.CreatedAt.localeCompare(one.CreatedAt))
    .map(({ Spec }) => Spec.Name);
}

function secretOf(service: Service | undefined, target: string): string | undefined {
  const secrets = service?.Spec.TaskTemplate.ContainerSpec.Secrets;
  if (!Array.isArray(secrets)) return undefined;
  return secrets.find(secret => secret.File?.Name === target)?.SecretName;
}
