import { whileLocked } from './history/lock.ts';
import { readReleases, runningOf, type StoredRelease } from './history/releases.ts';
import { keepImages, lookPatienceMs } from './nodes/keep-images.ts';
import { readLive, servicesOf } from './plan/live.ts';
import { carryOut, planOf } from './plan/plan.ts';
import { planHealing } from './plan/planned.ts';
import { touchedServices } from './plan/touched.ts';
import { pinImages } from './publish/pin.ts';
import { DeployError, sayPlan } from './report.ts';
import { bringAbout } from './run/bring-about.ts';

/**
 * Goes back to the release before the one that runs, or to the newest one of a version. Twice goes back twice: see
 * `releaseBefore`. Throws a DeployError.
 */
export function rollback(stack: string, version?: string): Promise<void> {
  return whileLocked(stack, async () => {
    const releases = await readReleases(stack);
    const live = await readLive(stack);
    const running = runningOf(releases, servicesOf(stack, live));
    if (!running) throw new DeployError('There is nothing to go back from: no release runs.');
    const earlier = releaseBefore(releases, version);
    if (!earlier) {
      const known = releases.map(release => release.version).join(', ');
      throw new DeployError(
        `There is no release ${version ?? 'before this one'} to go back to; remembered are: ${known}.`,
      );
    }
    // A rollback is about the programs: the password of now stays, the old one is not valid any more.
    const file = { ...earlier.file, secrets: { ...earlier.file.secrets, ...running.file.secrets } };
    const missing = await pinImages(
      file,
      releases.map(release => release.file),
    );
    if (missing.length > 0)
      throw new DeployError(`Nothing was touched, since no registry gives ${missing.join(', ')}.`);
    const healing = planHealing(stack, running, live);
    const plan = [...healing.flatMap(({ lines }) => lines), ...planOf(running.file, file)];
    sayPlan(`Going back from version ${running.version} to ${earlier.version}.`, plan);
    await keepImages(stack, file, touchedServices(running.file, file), lookPatienceMs);
    await carryOut(healing);
    const restores = originOf(earlier);
    await bringAbout(stack, { version: earlier.version, file, restores }, running.file);
  });
}

/**
 * The release to go back to from the newest one: the newest of `version`, or of any other version than the one that
 * runs. A release that itself came from a rollback counts as the one it restored. So from 1.2, which is bad, back to
 * 1.1, which turns out to be bad too, one more rollback goes on to 1.0, and not to 1.2 again.
 */
export function releaseBefore(releases: StoredRelease[], version?: string): StoredRelease | undefined {
  const running = releases.at(-1);
  if (!running) return undefined;
  if (version) return releases.slice(0, -1).findLast(release => release.version === version);
  return releases.findLast(
    release => release.number < originOf(running) && release.version !== running.version,
  );
}

function originOf({ number, restores }: StoredRelease): number {
  return restores ?? number;
}
