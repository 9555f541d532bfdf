import { certificateLabel } from '../plan/certificate.ts';
import { passwordLabel } from '../plan/passwords.ts';
import { type Kind, readKept, removeKept } from './kept.ts';
import { readReleases, type StoredRelease } from './releases.ts';

const releasesKept = 10;

/**
 * Forgets all but the last ten releases, and removes the configs and secrets of a stack that neither a service nor a
 * remembered release needs any more. Throws a DockerError.
 */
export async function prune(stack: string): Promise<void> {
  const releases = await readReleases(stack);
  const forgotten = releases.splice(0, releases.length - releasesKept);
  for (const { name } of forgotten) await removeKept('configs', name);
  const ofStack = `com.docker.stack.namespace=${stack}`;
  await removeAllBut('configs', ofStack, neededBy(releases, 'configs'));
  await removeAllBut('secrets', ofStack, neededBy(releases, 'secrets'));
  // A rollback keeps the password and the certificate of now: earlier ones are not valid any more.
  for (const label of [passwordLabel, certificateLabel])
    await removeAllBut('secrets', `${label}=${stack}`, neededBy(releases.slice(-1), 'secrets'));
}

/** The names of the configs or secrets that releases need; the swarm itself protects only what services use now. */
function neededBy(releases: StoredRelease[], kind: Kind): Set<string> {
  return new Set(releases.flatMap(({ file }) => Object.values(file[kind]).map(({ name }) => name)));
}

async function removeAllBut(kind: Kind, label: string, needed: Set<string>): Promise<void> {
  const names = (await readKept(kind, { label: [label] })).map(({ Spec }) => Spec.Name);
  const unneeded = names.filter(name => !needed.has(name));
  // Docker refuses to remove one that a service uses: just those stay.
  for (const name of unneeded) await removeKept(kind, name).catch(() => {});
}
