import { recorded } from './history/attempts.ts';
import { readRunning } from './history/releases.ts';
import { keepImages, lookPatienceMs } from './nodes/keep-images.ts';
import { createPassword, newPassword } from './plan/passwords.ts';
import { say } from './report.ts';
import { bringAbout } from './run/bring-about.ts';
import { runSql } from './run/run-sql.ts';

/**
 * MySQL remembers two passwords of a user, and RETAIN CURRENT PASSWORD forgets the older one. After a rotation that
 * failed the used one is the older one, so it is made the current one first.
 */
const acceptBoth = `ALTER USER motorpool IDENTIFIED BY '$used_password';
ALTER USER motorpool IDENTIFIED BY '$new_password' RETAIN CURRENT PASSWORD;`;

/**
 * Gives the database's user a new password while everybody goes on: MySQL accepts both until all of service 1 has the
 * new one. Throws a DeployError; then both stay valid, and it can be done again.
 */
export function rotatePassword(stack: string): Promise<void> {
  return recorded(stack, 'a new password', async touch => {
    const running = await readRunning(stack, 'rotate');
    const used = `${running.file.secrets.db_password?.name}`;
    const { file, version, restores } = running;
    await keepImages(stack, file, ['service1', 'db'], lookPatienceMs);
    await touch();
    const name = await createPassword(stack, newPassword());
    say('MySQL accepts the new password besides the old one');
    await runSql(stack, file, acceptBoth, { used_password: used, new_password: name });
    const secrets = { ...file.secrets, db_password: { name, external: true } };
    await bringAbout(stack, { version, file: { ...file, secrets }, restores }, running);
    say('MySQL forgets the old password');
    await runSql(stack, file, 'ALTER USER motorpool DISCARD OLD PASSWORD;');
  });
}
