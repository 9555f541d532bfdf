import { type StdioOptions, spawnSync } from 'node:child_process';
import { argumentsOrEnd } from '../../scripts/arguments.ts';
import { DeployError, sayFailure } from '../report.ts';
import { docker } from '../swarm/docker.ts';
import { engine } from '../swarm/engine.ts';
import { isPublished, loginTo } from './registry.ts';
import { openRegistry } from './registry-tunnel.ts';
import { ourServices } from './stack-file.ts';

/**
 * Sees to it that the private registry has the images of a version: what it lacks is built and pushed by this machine's own
 * engine, whatever DOCKER_HOST says. A manager asks for what it has, for what matters is what the nodes reach.
 */

const { values } = argumentsOrEnd({
  options: {
    version: { type: 'string' },
    revision: { type: 'string', default: 'unknown' },
    'base-images': { type: 'boolean', default: false },
    plan: { type: 'boolean', default: false },
  },
});
const { version, revision } = values;
const { MOTORPOOL_REGISTRY: address, MOTORPOOL_REGISTRY_SSH: host } = process.env;
const { NGINX_IMAGE = '', MYSQL_IMAGE = '', MOTORPOOL_SSH_ARGS = '' } = process.env;
const base = [NGINX_IMAGE, MYSQL_IMAGE].map(image => image.replace(`${address}/`, ''));

await publish().catch(sayFailure).finally(engine.close);

async function publish(): Promise<void> {
  if (!version) throw new DeployError('Say which version: npm run images -- --version 1.2.3');
  if (!address || !host)
    throw new DeployError('Set MOTORPOOL_REGISTRY and MOTORPOOL_REGISTRY_SSH, as site.yml does.');
  const lacking: string[] = [];
  for (const image of [...ourServices().map(imageOf), ...(values['base-images'] ? base : [])])
    if (!(await isPublished(`${address}/${image}`))) lacking.push(image);
  for (const image of lacking) console.log(`+ ${image}`);
  if (lacking.length === 0) console.log('No change.');
  else if (values.plan) console.log(`${lacking.length} images are missing.`);
  else {
    await push(lacking);
    console.log(`${lacking.length} images were pushed.`);
  }
}

function imageOf(service: string): string {
  return `motorpool/${service}:${version}`;
}

async function push(images: string[]): Promise<void> {
  const own = { DOCKER_HOST: undefined, DOCKER_CONFIG: undefined };
  // Also if it is here: that may be of older files.
  const services = ourServices().filter(service => images.includes(imageOf(service)));
  if (services.length > 0) run('build-images.sh', services, { ...own, VERSION: version, REVISION: revision });
  for (const image of images.filter(image => base.includes(image)))
    await docker(['image', 'inspect', image], { env: own }).catch(() =>
      docker(['pull', '--quiet', image], { env: own }),
    );
  const { username, password } = loginTo(`${address}`) ?? {};
  const registry = await openRegistry(
    `${address}`,
    `${host}`,
    MOTORPOOL_SSH_ARGS.split(/\s+/).filter(Boolean),
  );
  const login = { REGISTRY: registry.local, REGISTRY_USER: username, REGISTRY_PASSWORD: password };
  try {
    run('push-images.sh', images, { ...own, ...login });
  } finally {
    await registry.close();
  }
}

function run(script: string, args: string[], env: NodeJS.ProcessEnv): void {
  const all = { ...process.env, ...env };
  const stdio: StdioOptions = ['ignore', 'inherit', 'inherit'];
  const { status, signal, error } = spawnSync('bash', [`scripts/${script}`, ...args], { env: all, stdio });
  if (status !== 0)
    throw new DeployError(
      `scripts/${script} failed${status ? ', and said why' : `: ${error?.message ?? signal}`}.`,
    );
}
