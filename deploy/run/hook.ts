import { type StdioOptions, spawn } from 'node:child_process';
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
  const isAsked = Boolean(process.stdin.isTTY); // then a Ctrl-C and what is typed are for this process alone
  const stdio: StdioOptions = [isAsked ? 'ignore' : 'inherit', 'inherit', 'inherit'];
  const [code] = await once(spawn(resolve(hook), { env, detached: isAsked, stdio }), 'close').catch(
    ({ message }: Error) => [message],
  );
  if (code !== 0) throw new DeployError(`${hook} failed: ${code ?? 'it was killed'}`);
}
