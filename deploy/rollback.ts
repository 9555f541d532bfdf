import { isHalfMade, readAttempts, recorded } from './history/attempts.ts';
import { originOf, readReleases, runningOf, type StoredRelease } from './history/releases.ts';
import { keepImages, lookPatienceMs } from './nodes/keep-images.ts';
import { readLive, servicesOf } from './plan/live.ts';
import { carryOut, planOf } from './plan/plan.ts';
import { planHealing } from './plan/planned.ts';
import { touchedServices } from './plan/touched.ts';
import { certificateOf, withHttpsOf } from './publish/https.ts';
import { pinImages } from './publish/pin.ts';
import { DeployError, sayPlan } from './report.ts';
import { bringAbout } from './run/bring-about.ts';
import { withServerOf } from './run/database-server.ts';

/**
 * Goes back to the release before the one that runs, or to the newest one of a version; after an attempt that left a
 * half-made stack to the last release that ran well. Twice goes back twice: see `releaseBefore`. The password of now
 * stays, for the old one is not valid any more, and so do the certificate and the database's server. Throws a
 * DeployError.
 */
export function rollback(stack: string, version?: string): Promise<void> {
  return recorded(stack, `rollback${version ? ` to ${version}` : ''}`, async touch => {
    const releases = await readReleases(stack);
    const live = await readLive(stack);
    const running = runningOf(releases, servicesOf(stack, live));
    if (!running) throw new DeployError('There is nothing to go back from: no release runs.');
    const halfMade = isHalfMade(await readAttempts(stack));
    const earlier = halfMade && !version ? running : releaseBefore(releases, version, halfMade);
    if (!earlier) throw noRelease(releases, version);
    if (certificateOf(running.file) && !earlier.file.configs.nginx_start)
      throw new DeployError(
        `Version ${earlier.version} knows no HTTPS, and the stack has a certificate: take it away first (\`certificate none\`).`,
      );
    const secrets = { ...earlier.file.secrets, ...running.file.secrets };
    const file = withHttpsOf(withServerOf({ ...earlier.file, secrets }, running.file), running.file);
    const missing = await pinImages(
      file,
      releases.map(release => release.file),
    );
    if (missing.length > 0)
      throw new DeployError(`Nothing was touched, since no registry gives ${missing.join(', ')}.`);
    const healing = planHealing(stack, running, live);
    const plan = [...healing.flatMap(({ lines }) => lines), ...planOf(running.file, file)];
    const from = halfMade ? 'what an attempt left half-made' : `version ${running.version}`;
    sayPlan(`Going back from ${from} to ${earlier.version}.`, plan);
    const touched = touchedServices(halfMade ? null : running.file, file);
    await keepImages(stack, file, touched, lookPatienceMs);
    await touch();
    await carryOut(healing);
    await bringAbout(stack, { version: earlier.version, file, restores: originOf(earlier) }, running);
  });
}

function noRelease(releases: StoredRelease[], version = 'before this one'): DeployError {
  const known = releases.map(release => release.version).join(', ');
  return new DeployError(`There is no release ${version} to go back to; remembered are: ${known}.`);
}

/**
 * The release to go back to from the newest one: the newest of `version`, or of any other version than the one that
 * runs. A release that itself came from a rollback counts as the one it restored. So from 1.2, which is bad, back to
 * 1.1, which turns out to be bad too, one more rollback goes on to 1.0, and not to 1.2 again.
 */
export function releaseBefore(
  releases: StoredRelease[],
  version?: string,
  halfMade = false,
): StoredRelease | undefined {
  const running = releases.at(-1);
  if (!running) return undefined;
  if (version)
    return releases.findLast(release => release.version === version && (halfMade || release !== running));
  return releases.findLast(
    release => release.number < originOf(running) && release.version !== running.version,
  );
}
