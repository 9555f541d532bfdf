import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const runFile = promisify(execFile);

/**
 * Runs docker against this machine's own engine, whatever DOCKER_HOST says, and gives its output. `MOTORPOOL_DOCKER`
 * names the client where the first one on PATH is not the right one. Throws with what it said.
 */
export function docker(args: string[]): Promise<string> {
  return onOwnEngine(process.env.MOTORPOOL_DOCKER || 'docker', args);
}

/** Builds the image of a service on this machine's own engine. Throws with what docker said. */
export async function buildImage(service: string, version: string, revision: string): Promise<void> {
  await onOwnEngine('bash', ['scripts/build-images.sh', service], { VERSION: version, REVISION: revision });
}

async function onOwnEngine(command: string, args: string[], more = {}): Promise<string> {
  const { DOCKER_HOST: _swarm, DOCKER_CONFIG: _ours, ...env } = process.env;
  const { stdout } = await runFile(command, args, { env: { ...env, ...more }, maxBuffer: 1e8 });
  return stdout.trim();
}
