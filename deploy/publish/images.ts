import type { StackFile } from './stack-file.ts';

/** An image without its digest: NAME:TAG of `NAME:TAG@sha256:…`. */
export function tagged(image: string): string {
  return image.replace(/@.*/s, '');
}

/** Whether an image is named by its digest, so that it means the same for ever. */
export function isPinned(image: string): boolean {
  return /@sha256:[0-9a-f]{6,}$/.test(image);
}

/** The version that an image's tag says. */
export function versionOf(image: string): string {
  return tagged(image).replace(/^.*:/s, '');
}

/** The images of a stack file's services, by the services' names. */
export function imagesOf(file: StackFile): Map<string, string> {
  return new Map(Object.entries(file.services).map(([name, { image }]) => [name, String(image)]));
}

/** A text in which digests are short enough to be read. */
export function withShortDigests(text: string): string {
  return text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]+/g, '$1…');
}
