import { parse } from 'yaml';
import { type Deployed, deployedOf, readLive } from '../plan/live.ts';
import { imagesOf, isPinned, tagged } from '../publish/images.ts';
import { asDeployed, type StackFile, textOf } from '../publish/stack-file.ts';
import { DeployError } from '../report.ts';
import { readServices } from '../swarm/swarm.ts';
import { keep, readKept } from './kept.ts';

/** A release to be deployed. */
export type NewRelease = {
  version: string;
  file: StackFile;
  /** The number of the release that this one restores; null if it is new. */
  restores: number | null;
};

/** A release that was deployed, as the swarm remembers it, and what the swarm had of it then, if that is known. */
export type StoredRelease = NewRelease & { name: string; number: number; deployed: Deployed | null };

/**
 * The releases of a stack, oldest first. Each is a Swarm config that holds the stack file as it was deployed, so that
 * any manager can say what should run, and can go back. They outlive the stack: `services` tell whether one runs.
 */
export async function readReleases(stack: string): Promise<StoredRelease[]> {
  const configs = await readKept('configs', { label: [`motorpool.release-of=${stack}`] });
  return configs
    .map(({ Spec: { Name: name, Labels: labels, Data: data = '' } }) => ({
      name,
      number: Number(labels['motorpool.release']),
      version: labels['motorpool.version'] ?? '',
      restores: labels['motorpool.restores'] ? Number(labels['motorpool.restores']) : null,
      ...contentOf(Buffer.from(data, 'base64').toString()),
    }))
    .sort((one, other) => one.number - other.number);
}

/** The release that runs: the newest one, unless the stack was removed since. */
export function runningOf(
  releases: StoredRelease[],
  services: Map<string, unknown>,
): StoredRelease | undefined {
  return services.size > 0 ? releases.at(-1) : undefined;
}

/** The release that runs. Throws a DeployError of what there is `nothing` to do with, where none does. */
export async function readRunning(stack: string, nothing: string): Promise<StoredRelease> {
  const running = runningOf(await readReleases(stack), await readServices(stack));
  if (!running) throw new DeployError(`There is nothing to ${nothing}: no release runs. Deploy one first.`);
  return running;
}

/** The release that a release restored by a rollback, or itself; its number. */
export function originOf({ number, restores }: StoredRelease): number {
  return restores ?? number;
}

/** Remembers a release that is true now. */
export async function storeRelease(stack: string, { version, file, restores }: NewRelease): Promise<void> {
  const number = ((await readReleases(stack)).at(-1)?.number ?? 0) + 1;
  const labels = {
    'motorpool.release-of': stack,
    'motorpool.release': String(number),
    'motorpool.version': version,
    'motorpool.restores': String(restores ?? ''),
  };
  const content = textOf({ ...asDeployed(file), [deployedKey]: deployedOf(stack, await readLive(stack)) });
  await keep('configs', `${stack}_release_${number}`, labels, content);
}

// Docker ignores what begins with x-, so a release's config is a stack file that can be deployed by hand too.
const deployedKey = 'x-deployed';

function contentOf(text: string): { file: StackFile; deployed: Deployed | null } {
  const { [deployedKey]: deployed = null, ...file } = parse(text);
  return { file: withDigests(file, deployed), deployed };
}

/** Earlier releases named their images by tags; the digests that these stood for are in what the swarm had of them. */
function withDigests(file: StackFile, deployed: Deployed | null): StackFile {
  for (const [name, image] of imagesOf(file)) {
    const ran = deployed?.services[name]?.image ?? '';
    if (tagged(ran) === image && isPinned(ran)) Object.assign(file.services[name] ?? {}, { image: ran });
  }
  return file;
}
