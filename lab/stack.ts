import { setTimeout as pause } from 'node:timers/promises';
import { type Deployed, deploy } from './deploy.ts';
import { docker as runDocker } from './engine.ts';
import { type LabNode, nodes } from './nodes.ts';
import { loginTo } from './registry.ts';
import type { ServiceName } from './release.ts';
import { openTunnel } from './tunnel.ts';
import { until } from './until.ts';

/** The stack on the lab's swarm, and the ways to touch it. */
export type Stack = {
  /** The manager that is asked; another one may be chosen while it is away. */
  manager: LabNode;
  /** Where NGINX answers on each node. */
  targets: string[];
  /** Runs the project's own deploy command. */
  deploy(args: string[], folder?: string): Promise<Deployed>;
  /** Runs docker on the manager. */
  docker(args: string[]): Promise<string>;
  /** The tasks of a service that run now, with their nodes and containers. */
  running(service: string): Promise<RunningTask[]>;
  /** Waits until all services of the stack have all their tasks running. */
  settled(): Promise<void>;
  close(): Promise<void>;
};

/** A task that runs. */
export type RunningTask = {
  id: string;
  node: LabNode;
  container: string;
  /** As it calls itself in X-Instance and in receipts: its host name. */
  instance: string;
  image: string;
};

/** Reaches the stack through a manager, over SSH. */
export async function openStack(manager: LabNode = nodes[0] as LabNode): Promise<Stack> {
  const tunnel = await openTunnel(manager);
  await loginTo(tunnel.dockerHost);
  // Over the tunnel: a `docker exec` in the node would start twice as many processes.
  const docker = (args: string[]) => runDocker(['--host', tunnel.dockerHost, ...args]);
  const names = await nodeNames();

  async function running(service: string): Promise<RunningTask[]> {
    const ids = await docker([
      'service',
      'ps',
      '--quiet',
      '--no-trunc',
      '--filter',
      'desired-state=running',
      `motorpool_${service}`,
    ]);
    if (ids === '') return [];
    const tasks: InspectedTask[] = JSON.parse(
      await docker(['inspect', '--type', 'task', ...ids.split('\n')]),
    );
    return tasks
      .filter(({ Status }) => Status.State === 'running')
      .map(({ ID, NodeID, Spec, Status }) => ({
        id: ID,
        node: nodes.find(({ name }) => name === names.get(NodeID)) ?? manager,
        container: Status.ContainerStatus.ContainerID,
        instance: Status.ContainerStatus.ContainerID.slice(0, 12),
        image: Spec.ContainerSpec.Image.replace(/@sha256:.*/, ''),
      }));
  }

  async function nodeNames(): Promise<Map<string, string>> {
    const rows = await docker(['node', 'ls', '--format', '{{.ID}} {{.Hostname}}']);
    return new Map(rows.split('\n').map(row => row.split(' ') as [string, string]));
  }

  return {
    manager,
    targets: nodes.map(({ address }) => `http://${address}`),
    deploy: (args, folder) => deploy(tunnel.dockerHost, args, folder),
    docker,
    running,
    settled: () =>
      until('every service has all its tasks', async () => (await unsettled(docker)) === '', 120),
    close: tunnel.close,
  };
}

type InspectedTask = {
  ID: string;
  NodeID: string;
  Spec: { ContainerSpec: { Image: string } };
  Status: { State: string; ContainerStatus: { ContainerID: string } };
};

async function unsettled(docker: Stack['docker']): Promise<string> {
  const rows = await docker(['service', 'ls', '--format', '{{.Name}} {{.Replicas}}']);
  const short = rows.split('\n').filter(row => !/ (\d+)\/\1/.test(row));
  const names = rows.split('\n').map(row => row.split(' ')[0] ?? '');
  const states = await docker([
    'service',
    'inspect',
    '--format',
    '{{.Spec.Name}} {{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}',
    ...names,
  ]);
  return [...short, ...states.split('\n').filter(row => /updating|rollback_started/.test(row))].join(', ');
}

/** Waits for some seconds on purpose: to see that nothing happens. */
export function watchFor(seconds: number): Promise<void> {
  return pause(seconds * 1000);
}

/** All services that are scaled, updated and killed one by one. */
export const scaled: ServiceName[] = ['service1', 'service2', 'service3', 'service4'];
