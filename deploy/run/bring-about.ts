import { prune } from '../history/prune.ts';
import { type NewRelease, readRunning, type StoredRelease, storeRelease } from '../history/releases.ts';
import type { StackFile } from '../publish/stack-file.ts';
import { DeployError, failed, failuresText, say, whatRuns } from '../report.ts';
import { verify } from '../verify/verify.ts';
import { apply } from './apply.ts';
import { converge, type Failure, lookBefore } from './converge.ts';
import { type PutBack, putBack } from './put-back.ts';

const nothingBefore: PutBack = { said: 'There was no release before to go back to.', isPutBack: false };

/**
 * Makes a release true and remembers it, or puts back the one that ran: what deploy, rollback and others have in
 * common. Throws a DeployError, whatever it was that failed.
 */
export async function bringAbout(
  stack: string,
  release: NewRelease,
  running: StoredRelease | undefined,
): Promise<void> {
  const failures = await attempt(stack, release).catch((error: Error) => [interrupted(error)]);
  if (failures.length > 0) {
    const { said, isPutBack } = running ? await putBack(stack, running, release.file) : nothingBefore;
    throw await failed(stack, release.version, failures, said, isPutBack);
  }
  await prune(stack).catch((error: Error) => say(`What is not needed any more stays: ${error.message}`));
  say(`Version ${release.version} runs.\n${await whatRuns(stack)}`);
}

/** Looks whether a version that needs no change is true. Throws a DeployError if it is not. */
export async function confirm(stack: string, version: string, file: StackFile): Promise<void> {
  const failures = await converge(stack, Object.keys(file.services), await lookBefore(stack));
  if (failures.length === 0) failures.push(...(await verify(stack, file)));
  if (failures.length > 0)
    throw new DeployError(
      `Version ${version} was deployed, but is not well.\n${failuresText(failures)}\nNothing was changed. Now runs:\n${await whatRuns(stack)}`,
    );
  say(`Version ${version} runs.\n${await whatRuns(stack)}`);
}

/** Looks whether the release that was deployed serves on every node, and changes nothing. Throws a DeployError if not. */
export async function verifyRunning(stack: string): Promise<void> {
  const { version, file } = await readRunning(stack, 'look at');
  return confirm(stack, version, file);
}

async function attempt(stack: string, release: NewRelease): Promise<Failure[]> {
  const failures = await apply(stack, release.file);
  if (failures.length === 0) failures.push(...(await verify(stack, release.file)));
  if (failures.length === 0) await storeRelease(stack, release);
  return failures;
}

function interrupted({ message }: Error): Failure {
  return { service: 'the deploy', reason: `was interrupted: ${message}`, task: null, log: '' };
}
