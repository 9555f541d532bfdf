import { clientFolder } from '../../credentials.ts';
import { inNode, nodes } from '../../nodes.ts';
import type { Stack } from '../../stack.ts';
import { until } from '../../until.ts';

/** Brings up a stack beside motorpool's with nothing but Docker's own command, and waits until all its tasks are healthy. */
export async function deployStack(
  stack: Stack,
  name: string,
  file: string,
  variables: Record<string, string>,
): Promise<void> {
  const environment = { DOCKER_CONFIG: clientFolder, ...variables };
  const how = ['--with-registry-auth', '--detach=true', '--compose-file', file];
  await stack.docker(['stack', 'deploy', ...how, name], { environment });
  const isWhole = async () => {
    const replicas = await stack.docker(['stack', 'services', '--format', '{{.Replicas}}', name]);
    return replicas.split('\n').every(count => /^([1-9]\d*)\/\1\b/.test(count));
  };
  await until('every service has all its tasks', isWhole, 300);
}

/** Removes a stack and its volumes, and waits until nothing of it is left. */
export async function removeStack(stack: Stack, name: string): Promise<void> {
  await stack.docker(['stack', 'rm', name]);
  const label = `label=com.docker.stack.namespace=${name}`;
  const clear = `docker volume ls --quiet --filter ${label} | xargs --no-run-if-empty docker volume rm`;
  const look = `docker ps --all --quiet --filter ${label}`;
  const isGone = async (kind: string) =>
    (await stack.docker([kind, 'ls', '--quiet', '--filter', label])) === '';
  const isCleared = async () => {
    const gone = await Promise.all(['service', 'network', 'config', 'secret'].map(isGone));
    const left = await Promise.all(nodes.map(node => inNode(node, `${look} && ${clear} >/dev/null`)));
    return gone.every(Boolean) && left.every(containers => containers === '');
  };
  await until('nothing of it is left', isCleared, 60);
}
