import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StartError } from './start.ts';
import { decodeUtf8 } from './utf8.ts';

/** A file that users may edit: its text, and the members of what it holds in JSON. */
export type DataFile = { path: string; text: string; members: Record<string, unknown> };

/** Reads a data file at start; throws a StartError if it is missing, no UTF-8 or no JSON. */
export function readDataFile(url: URL): DataFile {
  const path = fileURLToPath(url);
  try {
    const text = decodeUtf8(readFileSync(path));
    return { path, text, members: Object(JSON.parse(text)) };
  } catch (error) {
    const reason = Error.isError(error) ? error.message : String(error);
    throw new StartError(`${path} cannot be read as JSON: ${reason}`, { cause: error });
  }
}
