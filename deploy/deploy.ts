import { recorded } from './history/attempts.ts';
import { keepImages } from './nodes/keep-images.ts';
import { type Deploy, nameOf, planDeploy } from './plan/planned.ts';
import { touchedServices } from './plan/touched.ts';
import { tagged } from './publish/images.ts';
import { newerImages } from './publish/pin.ts';
import { isOurs, type StackFile } from './publish/stack-file.ts';
import { DeployError, failed, say, sayPlan } from './report.ts';
import { bringAbout, confirm } from './run/bring-about.ts';
import type { Failure } from './run/converge.ts';
import { runHook } from './run/hook.ts';
import { endLeftRehearsals, rehearse } from './run/rehearse.ts';

const pullPatienceMs = 600_000;

/**
 * Deploys a version and comes back when every service runs it healthily on all its tasks and a user's requests are
 * answered by it. Else it puts back what ran before and throws a DeployError. Where nothing is to change, nothing is
 * touched: it only looks whether all that is true.
 */
export function deploy(wanted: Deploy): Promise<void> {
  const { stack } = wanted;
  const name = nameOf(wanted);
  return recorded(stack, name, async touch => {
    const { file, running, lines, missing, prepare } = await planDeploy(wanted);
    if (missing.length > 0)
      throw new DeployError(
        `Version ${name} was not deployed, and nothing was touched, since no registry gives ${missing.join(', ')}.`,
      );
    await sayNewer(file);
    sayPlan(`Deploying version ${name} to the stack ${stack}.`, lines);
    if (lines.length === 0) return confirm(stack, name, file);
    const ran = running?.file ?? null;
    await runHook('before-deploy', stack, wanted.version);
    const failure = await rehearseChanged(stack, ran, file);
    if (failure) throw await failed(stack, name, [failure], 'Nothing of the stack was changed.');
    await keepImages(stack, file, touchedServices(ran, file), pullPatienceMs);
    await touch();
    await prepare();
    await bringAbout(stack, { version: name, file, restores: null }, running);
    await runHook('after-deploy', stack, wanted.version).catch(({ message }: Error) => say(message));
  });
}

/** Says what a deploy would change, and changes nothing. */
export async function showPlan(wanted: Deploy): Promise<void> {
  const { file, lines, missing } = await planDeploy(wanted);
  await sayNewer(file);
  for (const image of missing) say(`Not published yet: ${image}`);
  sayPlan(`Version ${nameOf(wanted)} would change in the stack ${wanted.stack}:`, lines);
}

async function sayNewer(file: StackFile): Promise<void> {
  for (const name of await newerImages(file))
    say(`Another ${tagged(`${file.services[name]?.image}`)} is published: --renew ${name} takes it`);
}

/** Rehearses the images that the stack does not run yet, and gives the first failure. */
async function rehearseChanged(
  stack: string,
  running: StackFile | null,
  file: StackFile,
): Promise<Failure | null> {
  const changed = Object.entries(file.services).filter(
    ([name, { image }]) => isOurs(name) && image !== running?.services[name]?.image,
  );
  if (changed.length > 0)
    say(`Rehearsing ${changed.map(([name]) => name).join(', ')}: start, health check, stop …`);
  await endLeftRehearsals(stack);
  // One at a time: the node has users to serve meanwhile.
  for (const [name, { image }] of changed) {
    const failure = await rehearse(stack, name, String(image));
    if (failure) return failure;
  }
  return null;
}
