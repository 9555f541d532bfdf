import { docker, lines } from './docker.ts';
import { passwordLabel } from './passwords.ts';
import { readReleases, type StoredRelease } from './releases.ts';

const releasesKept = 10;

/**
 * Forgets all but the last ten releases, and removes the configs and secrets of a stack that neither a service nor a
 * remembered release needs any more. Throws a DockerError.
 */
export async function prune(stack: string): Promise<void> {
  const releases = await readReleases(stack);
  const forgotten = releases.splice(0, releases.length - releasesKept);
  for (const { name } of forgotten) await docker(['config', 'rm', name]);
  const ofStack = `com.docker.stack.namespace=${stack}`;
  await removeAllBut('config', ofStack, neededBy(releases, 'configs'));
  await removeAllBut('secret', ofStack, neededBy(releases, 'secrets'));
  // A rollback keeps the password of now: earlier ones are not valid any more.
  await removeAllBut('secret', `${passwordLabel}=${stack}`, neededBy(releases.slice(-1), 'secrets'));
}

/** The names of the configs or secrets that releases need; the swarm itself protects only what services use now. */
export function neededBy(releases: StoredRelease[], kind: 'configs' | 'secrets'): Set<string> {
  return new Set(releases.flatMap(({ file }) => Object.values(file[kind]).map(({ name }) => name)));
}

async function removeAllBut(kind: 'config' | 'secret', label: string, needed: Set<string>): Promise<void> {
  const names = await lines([kind, 'ls', '--filter', `label=${label}`, '--format', '{{.Name}}']);
  const unneeded = names.filter(name => !needed.has(name));
  // Docker refuses to remove one that a service uses: just those stay.
  for (const name of unneeded) await docker([kind, 'rm', name]).catch(() => {});
}
