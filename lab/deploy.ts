import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { clientFolder } from './credentials.ts';
import { dockerClient } from './engine.ts';
import { registryAddress } from './registry.ts';
import { images } from './release.ts';

/** How a deploy command ended: its exit code, and all that it printed. */
export type Deployed = { code: number; output: string; seconds: number };

/**
 * Runs the project's own deploy command against a manager, as a person would: `deploy(host, ['--version', '1.1.0'])`.
 * `folder` holds another docker-compose.yml and what it names; `variables` fill it in otherwise than the lab does. A
 * failing deploy is a result, not an error.
 */
export async function deploy(
  dockerHost: string,
  args: string[],
  folder = '.',
  variables: Record<string, string> = {},
): Promise<Deployed> {
  const began = performance.now();
  const environment = {
    ...process.env,
    DOCKER_HOST: dockerHost,
    DOCKER_CONFIG: clientFolder,
    MOTORPOOL_DOCKER: await dockerClient(),
    NGINX_IMAGE: `${registryAddress}/nginx:1.30`,
    MYSQL_IMAGE: `${registryAddress}/mysql:9.7`,
    ...variables,
  };
  const child = spawn(process.execPath, [resolve('deploy/main.ts'), '--images', images, ...args], {
    env: environment,
    cwd: folder,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number>(end => child.once('close', ended => end(ended ?? 1)));
  return { code, output, seconds: (performance.now() - began) / 1000 };
}
