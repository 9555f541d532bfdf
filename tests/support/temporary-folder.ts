import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithTests } from './ending.ts';

/** A new empty folder that goes with all it holds, after the tests or by `remove`. */
export function temporaryFolder(name: string): { path: string; remove(): Promise<void> } {
  const path = mkdtempSync(join(tmpdir(), `motorpool-${name}-`));
  // NGINX as root hands its work to the user nobody.
  chmodSync(path, 0o755);
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  return { path, remove: endWithTests({ stop: remove, kill: remove }) };
}
