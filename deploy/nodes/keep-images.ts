import { readFileSync } from 'node:fs';
import { readReleases, type StoredRelease } from '../history/releases.ts';
import { imagesOf, tagged } from '../publish/images.ts';
import { loginsFor, registryOf } from '../publish/registry.ts';
import { hashOf, type StackFile } from '../publish/stack-file.ts';
import { DeployError, say } from '../report.ts';
import { hasNoNode, onEveryNode, type Reply } from './every-node.ts';

/** How long it may take, in ms, where the nodes are expected to have the images. */
export const lookPatienceMs = 60_000;

const program = readFileSync(new URL('images-here.ts', import.meta.url), 'utf8');
const releasesKept = 3;

/** An image that a node lacks, and why it did not get it; null: nobody knows what it has. */
type Lack = { node: string; image: string | null; reason: string };

/**
 * Sees to it that every node that is up has the images of a stack file and of the last three releases, under tags of
 * the stack's own, and no older ones; MySQL's only where its volume is. So going back needs no registry. Says which node
 * lacks what. Throws a DeployError if a service that will be `touched` needs it there.
 */
export async function keepImages(
  stack: string,
  file: StackFile,
  touched: string[],
  patienceMs: number,
): Promise<void> {
  const releases = await readReleases(stack);
  const repository = `${stack}-kept`;
  const kept = [file, ...lastOf(releases)].flatMap(one => [...imagesOf(one)]);
  const all = kept.map(([, image]) => image);
  const databaseNode = releases.at(-1)?.deployed?.databaseNode ?? 'not known yet';
  const images = kept.map(([name, image]) => [
    `${repository}/${name}:${hashOf(image)}`,
    { image, registry: registryOf(image), only: name === 'db' ? databaseNode : null },
  ]);
  say('Every node keeps the images of this release and of the last three …');
  const replies = await onEveryNode(stack, {
    name: 'images',
    program,
    image: String((releases.at(-1)?.file ?? file).services.service1?.image),
    wanted: { repository, images: Object.fromEntries(images) },
    logins: loginsFor(all),
    at: 'engine',
    patienceMs,
  });
  const lacks = replies.filter(reply => !hasNoNode(reply)).flatMap(lacksIn); // else they are where they ran
  for (const lack of lacks) say(textOf(lack));
  const needed = new Set(touched.map(name => file.services[name]?.image));
  const missing = lacks.filter(({ image }) => image === null || needed.has(image));
  if (missing.length > 0)
    throw new DeployError(
      `Nothing was touched, since ${missing.map(textOf).join(', ')}: bring the registry back, or drain the node.`,
    );
}

/** The stack files of the last three releases that differ in an image; a rotated password or a rollback is none. */
function lastOf(releases: StoredRelease[]): StackFile[] {
  const distinct = new Map<string, StackFile>();
  for (const { file } of releases.toReversed()) {
    if (distinct.size < releasesKept) distinct.set([...imagesOf(file).values()].join(), file);
  }
  return [...distinct.values()];
}

function lacksIn({ node, lines, reason }: Reply): Lack[] {
  if (lines.length === 0) return [{ node, image: null, reason }];
  return lines.map(line => {
    const [image = '', why = reason] = line.split(/(?<=@sha256:\w+): /);
    return { node, image, reason: why };
  });
}

function textOf({ node, image, reason }: Lack): string {
  return `${node} ${image ? `lacks ${tagged(image)}` : 'has no images that can be seen'} (${reason})`;
}
