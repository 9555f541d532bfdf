import { bringAbout } from './deploy.ts';
import { whileLocked } from './lock.ts';
import { planOf } from './plan.ts';
import { readReleases } from './releases.ts';
import { DeployError, say } from './report.ts';

/** Goes back to the release before the one that runs, or to the newest one of a version. Throws a DeployError. */
export function rollback(stack: string, version?: string): Promise<void> {
  return whileLocked(stack, async () => {
    const releases = await readReleases(stack);
    const running = releases.at(-1);
    const earlier = releases
      .slice(0, -1)
      .findLast(release => (version ? release.version === version : release.version !== running?.version));
    if (!running || !earlier) {
      const known = releases.map(release => release.version).join(', ') || 'none';
      throw new DeployError(
        `There is no release ${version ?? 'before this one'} to go back to; remembered are: ${known}.`,
      );
    }
    // A rollback is about the programs: the password of now stays, the old one is not valid any more.
    const file = { ...earlier.file, secrets: running.file.secrets };
    say(`Going back from version ${running.version} to ${earlier.version}. This will change:`);
    for (const line of planOf(running.file, file)) console.log(`          ${line}`);
    await bringAbout(stack, earlier.version, file, running.file);
  });
}
