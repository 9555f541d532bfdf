import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const runFile = promisify(execFile);

/**
 * Runs docker against this machine's own engine, whatever DOCKER_HOST says, and gives its output. `MOTORPOOL_DOCKER`
 * names the client where the first one on PATH is not the right one. Throws with what it said.
 */
export async function docker(args: string[]): Promise<string> {
  const { DOCKER_HOST: _swarm, DOCKER_CONFIG: _ours, ...env } = process.env;
  const { stdout } = await runFile(process.env.MOTORPOOL_DOCKER || 'docker', args, { env, maxBuffer: 1e8 });
  return stdout.trim();
}
