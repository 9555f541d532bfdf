import { randomBytes } from 'node:crypto';
import { docker, lines } from './docker.ts';
import { hashOf } from './stack-file.ts';
import type { Service } from './swarm.ts';

/** The names of the secrets that a stack uses: the database's password, and the one it was first set up with. */
export type PasswordNames = { password: string; firstPassword: string };

/**
 * The secrets that the running services use. Where there are none, a password is made, once; it is nowhere but in the
 * swarm and in the memory of the containers that need it.
 */
export async function ensurePassword(stack: string, services: Map<string, Service>): Promise<PasswordNames> {
  const used = secretOf(services.get('service1'), 'db_password');
  const first = secretOf(services.get('db'), 'db_first_password');
  if (used && first) return { password: used, firstPassword: first };
  const name = await createPassword(stack, newPassword());
  return { password: used ?? name, firstPassword: first ?? name };
}

/** A new random password, 160 bits in characters that need no quoting. */
export function newPassword(): string {
  return randomBytes(20).toString('hex');
}

/** Stores a password as a Swarm secret and gives the secret's name. */
export async function createPassword(stack: string, password: string): Promise<string> {
  const name = `${stack}_db_password_${hashOf(password)}`;
  await docker(['secret', 'create', '--label', `com.docker.stack.namespace=${stack}`, name, '-'], {
    input: password,
  });
  return name;
}

/** Removes the configs and secrets of a stack that no service uses any more; releases stay. */
export async function prune(stack: string): Promise<void> {
  for (const kind of ['config', 'secret']) {
    const names = await lines([
      kind,
      'ls',
      '--filter',
      `label=com.docker.stack.namespace=${stack}`,
      '--format',
      '{{.Name}}',
    ]);
    // Docker refuses to remove one that a service uses, or may roll back to: just those stay.
    for (const name of names) await docker([kind, 'rm', name]).catch(() => {});
  }
}

function secretOf(service: Service | undefined, target: string): string | undefined {
  const secrets = service?.Spec.TaskTemplate.ContainerSpec.Secrets;
  if (!Array.isArray(secrets)) return undefined;
  return secrets.find(secret => secret.File?.Name === target)?.SecretName;
}
