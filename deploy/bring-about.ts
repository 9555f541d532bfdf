import { setTimeout as pause } from 'node:timers/promises';
import { apply } from './apply.ts';
import type { Failure } from './converge.ts';
import { prune } from './prune.ts';
import { type NewRelease, storeRelease } from './releases.ts';
import { failed, failuresText, say, whatRuns } from './report.ts';
import { isInService } from './service-state.ts';
import { isOurs, type StackFile } from './stack-file.ts';
import { type Node, readNodes } from './swarm.ts';
import { verify } from './verify.ts';

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

/** Uses the stack through the NGINX of every node, and looks for the version that the images' tags say. */
async function verifyEverywhere(file: StackFile): Promise<Failure[]> {
  const port = (file.services.nginx?.ports as { published: number }[] | undefined)?.[0]?.published;
  const nodes = (await readNodes()).filter(isInService);
  const addresses = nodes.map(node => `http://${addressOf(node)}:${port}/`);
  say(`Drawing through ${addresses.join(', ')} …`);
  return verify(addresses, versionsIn(file));
}

/** The versions of our services, as the tags of their images say. */
function versionsIn(file: StackFile): Map<string, string> {
  const ours = Object.entries(file.services).filter(([name]) => isOurs(name));
  return new Map(ours.map(([name, { image }]) => [name, String(image).replace(/^.*:/, '')]));
}

function addressOf({ Status, ManagerStatus }: Node): string {
  // A manager may know itself as 0.0.0.0 or 127.0.0.1.
  const isReal = !/^(0\.0\.0\.0|127\.)/.test(Status.Addr);
  return isReal ? Status.Addr : (ManagerStatus?.Addr.replace(/:\d+$/, '') ?? Status.Addr);
}
