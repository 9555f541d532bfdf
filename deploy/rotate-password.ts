import { bringAbout } from './deploy.ts';
import { whileLocked } from './lock.ts';
import { readReleases } from './releases.ts';
import { DeployError, say } from './report.ts';
import { runSql } from './run-sql.ts';
import { createPassword, newPassword } from './secrets.ts';

/**
 * Gives the database's user a new password while everybody goes on: MySQL accepts both until all of service 1 has the
 * new one. Throws a DeployError.
 */
export function rotatePassword(stack: string): Promise<void> {
  return whileLocked(stack, async () => {
    const running = (await readReleases(stack)).at(-1);
    if (!running) throw new DeployError('There is nothing to rotate: no release runs. Deploy one first.');
    const { file, version } = running;
    const name = await createPassword(stack, newPassword());
    say('MySQL accepts the new password besides the old one');
    await runSql(stack, file, 'ALTER USER motorpool IDENTIFIED BY "$password" RETAIN CURRENT PASSWORD', name);
    await bringAbout(
      stack,
      version,
      { ...file, secrets: { ...file.secrets, db_password: { name, external: true } } },
      file,
    );
    say('MySQL forgets the old password');
    await runSql(stack, file, 'ALTER USER motorpool DISCARD OLD PASSWORD');
  });
}
