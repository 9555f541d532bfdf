import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { clientFolder, labFolder } from './credentials.ts';
import { images, registryAddress } from './release.ts';
import { dockerClient } from './run.ts';

/** How a deploy command ended: its exit code, and all that it printed. */
export type Deployed = { code: number; output: string; seconds: number };

/**
 * Runs the project's own deploy command against a manager, as a person would: `runDeploy(host, ['--version', '1.1.0'])`.
 * `folder` holds another docker-compose.yml and what it names; `variables` fill it in otherwise than the lab does. A
 * failing deploy is a result, not an error.
 */
export async function runDeploy(
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
  // Where it runs there is no network: all that a deploy needs is the way to the engine.
  const command = [process.execPath, resolve('deploy/main.ts'), '--images', images, ...args];
  const child = spawn('unshare', ['--net', ...command], { env: environment, cwd: folder });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number>(end => child.once('close', ended => end(ended ?? 1)));
  return { code, output, seconds: (performance.now() - began) / 1000 };
}

const stackFiles = ['docker-compose.yml', 'nginx', 'service3', 'service4', 'db'];

/**
 * Gives `work` a folder with the stack file and all that it names, in which one file is changed, as a user does who
 * edits it. Throws if the change changes nothing.
 */
export async function inVariant<Value>(
  file: string,
  change: (text: string) => string,
  work: (folder: string) => Promise<Value>,
): Promise<Value> {
  const folder = await mkdtemp(join(labFolder, 'variant-'));
  try {
    for (const path of stackFiles) await cp(path, join(folder, path), { recursive: true });
    const before = await readFile(file, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`The change of ${file} changes nothing; has the file moved on?`);
    await writeFile(join(folder, file), after);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
