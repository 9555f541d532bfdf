import { apply } from './apply.ts';
import type { Failure } from './converge.ts';
import { docker } from './docker.ts';
import { whileLocked } from './lock.ts';
import { planOf } from './plan.ts';
import { rehearse } from './rehearse.ts';
import { readReleases, storeRelease } from './releases.ts';
import { DeployError, failuresText, say, whatRuns } from './report.ts';
import { ensurePassword, prune } from './secrets.ts';
import { renderStackFile, type StackFile } from './stack-file.ts';
import { type Node, readNodes, readServices } from './swarm.ts';
import { verify } from './verify.ts';

/** What to deploy, and where. */
export type Deploy = {
  stack: string;
  version: string;
  revision: string;
  images: string;
  /** The only services to bring to that version; all of them if there are none. */
  only: string[];
};

const databaseLabel = 'motorpool.database';

/**
 * Deploys a version and comes back when every service runs it healthily on all its tasks and a user's requests are
 * answered by it. Else it puts back what ran before and throws a DeployError.
 */
export function deploy({ stack, version, revision, images, only }: Deploy): Promise<void> {
  return whileLocked(stack, async () => {
    const services = await readServices(stack);
    await ensureDatabaseNode();
    const passwords = await ensurePassword(stack, services);
    const databaseNode = `node.labels.${databaseLabel} == true`;
    const file = await renderStackFile({ version, revision, images, databaseNode, ...passwords });
    const running = (await readReleases(stack)).at(-1)?.file ?? null;
    if (only.length > 0) keepOthers(file, running, only);
    const name = only.length > 0 ? `${version} (${only.join(', ')} only)` : version;
    announce(stack, name, planOf(running, file));
    const failures = await rehearseChanged(running, file);
    if (failures.length > 0) throw await failed(stack, name, failures, 'Nothing was changed.');
    await bringAbout(stack, name, file, running);
  });
}

/** Makes a stack file true, or puts back the one that was: what deploy, rollback and others have in common. */
export async function bringAbout(
  stack: string,
  version: string,
  file: StackFile,
  running: StackFile | null,
): Promise<void> {
  const failures = await apply(stack, file, say);
  if (failures.length === 0) failures.push(...(await verifyEverywhere(file)));
  if (failures.length > 0) {
    const putBack =
      running === null ? 'There was no release before to go back to.' : await goBack(stack, running);
    throw await failed(stack, version, failures, putBack);
  }
  await storeRelease(stack, version, file);
  await prune(stack);
  say(`Version ${version} runs.\n${await whatRuns(stack)}`);
}

async function goBack(stack: string, running: StackFile): Promise<string> {
  say('It failed; putting back what ran before …');
  const failures = await apply(stack, running, say);
  return failures.length === 0
    ? 'What ran before was put back.'
    : `Putting back failed too:\n${failuresText(failures)}`;
}

function announce(stack: string, version: string, plan: string[]): void {
  say(`Deploying version ${version} to the stack ${stack}. This will change:`);
  for (const line of plan) console.log(`          ${line}`);
  if (plan.length === 0) console.log('          nothing');
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

/** The versions of our services, as the tags of their images say. */
function versionsIn(file: StackFile): Map<string, string> {
  const ours = Object.entries(file.services).filter(([name]) => isOurs(name));
  return new Map(ours.map(([name, { image }]) => [name, String(image).replace(/^.*:/, '')]));
}

function isOurs(name: string): boolean {
  return /^service\d$/.test(name);
}

/** Uses the stack through the NGINX of every node, and looks for the version that the images' tags say. */
async function verifyEverywhere(file: StackFile): Promise<Failure[]> {
  const port = (file.services.nginx?.ports as { published: number }[] | undefined)?.[0]?.published;
  const nodes = (await readNodes()).filter(
    ({ Spec, Status }) => Spec.Availability === 'active' && Status.State === 'ready',
  );
  const addresses = nodes.map(node => `http://${addressOf(node)}:${port}/`);
  say(`Drawing through ${addresses.join(', ')} …`);
  return verify(addresses, versionsIn(file));
}

function addressOf({ Status, ManagerStatus }: Node): string {
  // A manager may know itself as 0.0.0.0 or 127.0.0.1.
  const isReal = !/^(0\.0\.0\.0|127\.)/.test(Status.Addr);
  return isReal ? Status.Addr : (ManagerStatus?.Addr.replace(/:\d+$/, '') ?? Status.Addr);
}

/** The database stays on the node that has its volume: the labelled one, or now and for ever this manager. */
async function ensureDatabaseNode(): Promise<void> {
  const nodes = await readNodes();
  const labelled = nodes.filter(({ Spec }) => Spec.Labels[databaseLabel] === 'true');
  if (labelled.length > 1) {
    const names = labelled.map(({ Description }) => Description.Hostname).join(' and ');
    throw new DeployError(
      `Both ${names} carry the label ${databaseLabel}; only the node with the people's volume may.`,
    );
  }
  if (labelled.length === 1) return;
  const { stdout } = await docker(['info', '--format', '{{.Swarm.NodeID}}']);
  await docker(['node', 'update', '--label-add', `${databaseLabel}=true`, stdout.trim()]);
}

async function failed(
  stack: string,
  version: string,
  failures: Failure[],
  then: string,
): Promise<DeployError> {
  return new DeployError(
    `Version ${version} was not deployed.\n${failuresText(failures)}\n${then} Now runs:\n${await whatRuns(stack)}`,
  );
}
