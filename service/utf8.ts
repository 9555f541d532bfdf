import { isUtf8 } from 'node:buffer';

/**
 * The text of a file, without the byte order mark that an editor may have put before it. Throws an Error that names the
 * first line that is no UTF-8.
 */
export function decodeUtf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  const lines = bytes.toString('latin1').split(/\r\n|\r|\n/);
  const wrong = lines.findIndex(line => !isUtf8(Buffer.from(line, 'latin1')));
  throw new Error(`Line ${wrong + 1} is not UTF-8. Save the file as UTF-8.`);
}
