import { setTimeout as pause } from 'node:timers/promises';
import { prune } from '../history/prune.ts';
import { type NewRelease, storeRelease } from '../history/releases.ts';
import type { StackFile } from '../publish/stack-file.ts';
import { DeployError, failed, failuresText, say, whatRuns } from '../report.ts';
import { verifyEverywhere } from '../verify/verify-everywhere.ts';
import { apply, watch } from './apply.ts';
import { type Failure, lookBefore } from './converge.ts';

const putBackTries = 4;
const putBackPauseMs = 10_000; // a new leader is elected within seconds

/**
 * Makes a release true and remembers it, or puts back the stack file that was: what deploy, rollback and others have in
 * common. Throws a DeployError, whatever it was that failed.
 */
export async function bringAbout(
  stack: string,
  release: NewRelease,
  running: StackFile | null,
): Promise<void> {
  const failures = await attempt(stack, release).catch((error: Error) => [interrupted(error)]);
  if (failures.length > 0) {
    const putBack =
      running === null ? 'There was no release before to go back to.' : await goBack(stack, running);
    throw await failed(stack, release.version, failures, putBack);
  }
  await prune(stack).catch((error: Error) => say(`What is not needed any more stays: ${error.message}`));
  say(`Version ${release.version} runs.\n${await whatRuns(stack)}`);
}

/** Looks whether a version that needs no change is true. Throws a DeployError if it is not. */
export async function confirm(stack: string, version: string, file: StackFile): Promise<void> {
  const failures = await watch(stack, Object.keys(file.services), await lookBefore(stack), say);
  if (failures.length === 0) failures.push(...(await verifyEverywhere(file)));
  if (failures.length > 0)
    throw new DeployError(
      `Version ${version} was deployed, but is not well.\n${failuresText(failures)}\nNothing was changed. Now runs:\n${await whatRuns(stack)}`,
    );
  say(`Version ${version} runs.\n${await whatRuns(stack)}`);
}

async function attempt(stack: string, release: NewRelease): Promise<Failure[]> {
  const failures = await apply(stack, release.file, say);
  if (failures.length === 0) failures.push(...(await verifyEverywhere(release.file)));
  if (failures.length === 0) await storeRelease(stack, release);
  return failures;
}

function interrupted({ message }: Error): Failure {
  return { service: 'the deploy', reason: `was interrupted: ${message}`, task: null, log: '' };
}

async function goBack(stack: string, running: StackFile, triesLeft = putBackTries): Promise<string> {
  say('It failed; putting back what ran before …');
  try {
    const failures = await apply(stack, running, say);
    return failures.length === 0
      ? 'What ran before was put back.'
      : `Putting back failed too:\n${failuresText(failures)}`;
  } catch (error) {
    if (triesLeft === 1) return `Putting back failed too: ${error instanceof Error ? error.message : error}`;
    await pause(putBackPauseMs);
    return goBack(stack, running, triesLeft - 1);
  }
}
