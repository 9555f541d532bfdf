import { imagesOf, isPinned, tagged } from './images.ts';
import { digestOf } from './registry.ts';
import { isOurs, type StackFile } from './stack-file.ts';

/**
 * Names every image of a stack file by its digest, so that nothing looks up a tag again. What an `earlier` stack file
 * (oldest first) names so is that image still: a version is one thing for ever, and NGINX and MySQL are carried over
 * until they are named anew, or belong to a service to `renew`. Only what is left is looked up in its registry. Gives the
 * images that no registry gave, each with the reason.
 */
export async function pinImages(
  file: StackFile,
  earlier: StackFile[],
  renew: string[] = [],
): Promise<string[]> {
  const pinned = earlier.flatMap(one => [...imagesOf(one).values()]).filter(isPinned);
  const known = new Map(pinned.map(image => [tagged(image), image]));
  const images = imagesOf(file);
  const renewed = new Set(renew.map(name => tagged(images.get(name) ?? '')));
  const lookUps = [...images].map(async ([name, image]) => {
    const carried = isPinned(image) ? image : known.get(image);
    const isCarried = carried && !renewed.has(tagged(image));
    const found = isCarried ? carried : await lookUp(tagged(image)).catch((error: Error) => error.message);
    if (!isPinned(found)) return [`${tagged(image)} (${found})`];
    Object.assign(file.services[name] ?? {}, { image: found });
    return [];
  });
  return (await Promise.all(lookUps)).flat();
}

/** Of NGINX and MySQL those of which a registry has another image now under the same tag, by a service that has it. */
export async function newerImages(file: StackFile): Promise<string[]> {
  const others = [...imagesOf(file)].filter(([name, image]) => !isOurs(name) && isPinned(image));
  const named = new Map(others.map(([name, image]) => [image, name])); // the anchor's is NGINX's, which comes later
  const found = await Promise.all(
    [...named].map(async ([image, name]) => {
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
