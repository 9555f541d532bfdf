import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { DeployError, say } from '../report.ts';

/**
 * Runs the executable hooks/NAME of the release, if it has one, with STACK and VERSION in its environment; it may run
 * twice. Throws a DeployError if it fails.
 */
export async function runHook(
  name: 'before-deploy' | 'after-deploy',
  stack: string,
  version: string,
): Promise<void> {
  const hook = `hooks/${name}`;
  if (!existsSync(hook)) return;
  say(`Running ${hook} …`);
  const env = { ...process.env, STACK: stack, VERSION: version };
  const [code] = await once(spawn(resolve(hook), { env, stdio: 'inherit' }), 'close').catch(
    ({ message }: Error) => [message],
  );
  if (code !== 0) throw new DeployError(`${hook} failed: ${code ?? 'it was killed'}`);
}
