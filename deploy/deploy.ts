import { bringAbout } from './bring-about.ts';
import type { Failure } from './converge.ts';
import { databaseNode, planDatabaseNode } from './database-node.ts';
import { whileLocked } from './lock.ts';
import { planPasswords } from './passwords.ts';
import { planOf } from './plan.ts';
import { rehearse } from './rehearse.ts';
import { readReleases, runningOf } from './releases.ts';
import { renderStackFile } from './render.ts';
import { DeployError, failed, say, sayPlan } from './report.ts';
import { isOurs, type StackFile } from './stack-file.ts';
import { readServices } from './swarm.ts';

/** What to deploy, and where. */
export type Deploy = {
  stack: string;
  version: string;
  revision: string;
  images: string;
  /** The only services to bring to that version; all of them if there are none. */
  only: string[];
};

/**
 * Deploys a version and comes back when every service runs it healthily on all its tasks and a user's requests are
 * answered by it. Else it puts back what ran before and throws a DeployError.
 */
export function deploy({ stack, version, revision, images, only }: Deploy): Promise<void> {
  return whileLocked(stack, async () => {
    const services = await readServices(stack);
    const releases = await readReleases(stack);
    const running = runningOf(releases, services)?.file ?? null;
    const passwords = await planPasswords(stack, services, releases);
    const preparations = [...(await planDatabaseNode()), ...passwords.preparations];
    const file = await renderStackFile({ version, revision, images, databaseNode, ...passwords.names });
    if (only.length > 0) keepOthers(file, running, only);
    const name = only.length > 0 ? `${version} (${only.join(', ')} only)` : version;
    const plan = [...preparations.map(({ line }) => line), ...planOf(running, file)];
    sayPlan(`Deploying version ${name} to the stack ${stack}.`, plan);
    const failures = await rehearseChanged(running, file);
    if (failures.length > 0) throw await failed(stack, name, failures, 'Nothing of the stack was changed.');
    for (const { carryOut } of preparations) await carryOut();
    await bringAbout(stack, { version: name, file, restores: null }, running);
  });
}

async function rehearseChanged(running: StackFile | null, file: StackFile): Promise<Failure[]> {
  const changed = Object.entries(file.services).filter(
    ([name, { image }]) => isOurs(name) && image !== running?.services[name]?.image,
  );
  if (changed.length > 0)
    say(`Rehearsing ${changed.map(([name]) => name).join(', ')}: start, health check, stop …`);
  // One at a time: the node has users to serve meanwhile.
  const failures: Failure[] = [];
  for (const [name, { image }] of changed) {
    const failure = await rehearse(name, String(image));
    if (failure) failures.push(failure);
  }
  return failures;
}

/** Leaves the images of all services but the named ones as they run. */
function keepOthers(file: StackFile, running: StackFile | null, only: string[]): void {
  const unknown = only.find(name => !(name in file.services));
  if (unknown)
    throw new DeployError(
      `There is no service ${unknown}; there are ${Object.keys(file.services).join(', ')}.`,
    );
  for (const [name, service] of Object.entries(file.services)) {
    if (!only.includes(name)) service.image = running?.services[name]?.image ?? service.image;
  }
}
