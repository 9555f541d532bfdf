import { clientFolder } from '../credentials.ts';
import { docker } from '../engine.ts';
import type { Event, Finding } from '../event.ts';
import { registryAddress } from '../registry.ts';
import { images } from '../release.ts';
import type { Stack } from '../stack.ts';
import { secondsSince, until } from '../until.ts';
import { good } from './ensure.ts';

const name = 'plain';
const port = '8088';

/** The same file on a swarm, with nothing but Docker's own command. */
export function plainEvents(stack: Stack): Event[] {
  return [
    {
      name: 'docker stack deploy -c docker-compose.yml',
      group: 'Compose',
      promise:
        'The file as it is, with nothing but variables, brings up a second stack, which draws through NGINX.',
      load: null,
      happen: () => deployPlainly(stack),
      restore: () => removePlain(stack),
    },
  ];
}

async function deployPlainly(stack: Stack): Promise<Finding> {
  const environment = {
    DOCKER_CONFIG: clientFolder,
    IMAGES: images,
    VERSION: good,
    NGINX_IMAGE: `${registryAddress}/nginx:1.30`,
    MYSQL_IMAGE: `${registryAddress}/mysql:9.7`,
    HTTP_PORT: port,
  };
  const file = ['--with-registry-auth', '--detach=true', '--compose-file', 'docker-compose.yml'];
  const began = performance.now();
  await docker(['--host', stack.dockerHost, 'stack', 'deploy', ...file, name], { environment });
  for (const target of stack.targets) {
    await until(
      `${target} draws`,
      async () => {
        const answer = await fetch(`${target}:${port}/`, { headers: { Accept: 'text/plain' } });
        return / drives an? /.test(await answer.text());
      },
      120,
    );
  }
  return { problems: [], figures: { 'drew on every node after': secondsSince(began) } };
}

async function removePlain(stack: Stack): Promise<void> {
  await stack.docker(['stack', 'rm', name]);
  await until(
    'nothing of it is left',
    async () => {
      const label = ['--filter', `label=com.docker.stack.namespace=${name}`];
      const networks = await stack.docker(['network', 'ls', '--quiet', ...label]);
      const services = await stack.docker(['service', 'ls', '--quiet', ...label]);
      return networks === '' && services === '';
    },
    60,
  );
}
