import { imagesOf, isPinned, tagged } from './images.ts';
import { digestOf } from './registry.ts';
import { isOurs, type StackFile } from './stack-file.ts';

/**
 * Names every image of a stack file by its digest, so that nothing looks up a tag again. What an `earlier` stack file
 * (oldest first) names so is that image still: a version is one thing for ever, and NGINX and MySQL are carried over
 * until they are named anew, or are among those to `renew`. Only what is left is looked up in its registry. Gives the
 * images that no registry gave, each with the reason.
 */
export async function pinImages(
  file: StackFile,
  earlier: StackFile[],
  renew: string[] = [],
): Promise<string[]> {
  const pinned = earlier.flatMap(one => [...imagesOf(one).values()]).filter(isPinned);
  const known = new Map(pinned.map(image => [tagged(image), image]));
  const lookUps = [...imagesOf(file)].map(async ([name, image]) => {
    const carried = isPinned(image) ? image : known.get(image);
    const isCarried = carried && !renew.includes(name);
    const found = isCarried ? carried : await lookUp(tagged(image)).catch((error: Error) => error.message);
    if (!isPinned(found)) return [`${tagged(image)} (${found})`];
    Object.assign(file.services[name] ?? {}, { image: found });
    return [];
  });
  return (await Promise.all(lookUps)).flat();
}

/** Those of NGINX and MySQL of which a registry has another image now under the same tag; the names of their services. */
export async function newerImages(file: StackFile): Promise<string[]> {
  const others = [...imagesOf(file)].filter(([name, image]) => !isOurs(name) && isPinned(image));
  const found = await Promise.all(
    others.map(async ([name, image]) => {
      const isTagged = /:[^/]+$/.test(tagged(image));
      const now = isTagged ? await lookUp(tagged(image)).catch(() => image) : image;
      return now === image ? [] : [name];
    }),
  );
  return found.flat();
}

async function lookUp(image: string): Promise<string> {
  return `${image}@${await digestOf(image)}`;
}
