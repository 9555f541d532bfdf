import { setTimeout as pause } from 'node:timers/promises';
import { type Engine, openEngine } from '../deploy/engine-api.ts';
import type { Node, Service, Task } from '../deploy/swarm.ts';
import { type Deployed, deploy, openNodeTunnel } from './deploy.ts';
import { docker as runDocker } from './engine.ts';
import { type LabNode, nodes } from './nodes.ts';
import type { ServiceName } from './release.ts';
import { until } from './until.ts';

/** The stack on the lab's swarm, and the ways to touch it. */
export type Stack = {
  /** The manager that is asked; another one may be chosen while it is away. */
  manager: LabNode;
  /** The manager's engine, as DOCKER_HOST names it. */
  dockerHost: string;
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
  const tunnel = await openNodeTunnel(manager);
  const engine = openEngine(tunnel);
  // Over the tunnel: a `docker exec` in the node would start twice as many processes.
  const docker = (args: string[]) => runDocker(['--host', tunnel.host, ...args]);
  const names = new Map(
    (await engine.get<Node[]>('/nodes')).map(node => [node.ID, node.Description.Hostname]),
  );

  async function running(service: string): Promise<RunningTask[]> {
    const filters = { service: [`motorpool_${service}`], 'desired-state': ['running'] };
    const tasks = await engine.get<Task[]>('/tasks', { filters });
    return tasks
      .filter(({ Status }) => Status.State === 'running')
      .map(({ ID, NodeID, Spec, Status }) => {
        const container = Status.ContainerStatus?.ContainerID ?? '';
        return {
          id: ID,
          node: nodes.find(({ name }) => name === names.get(NodeID ?? '')) ?? manager,
          container,
          instance: container.slice(0, 12),
          image: Spec.ContainerSpec.Image.replace(/@sha256:.*/, ''),
        };
      });
  }

  return {
    manager,
    dockerHost: tunnel.host,
    targets: nodes.map(({ address }) => `http://${address}`),
    deploy: (args, folder) => deploy(tunnel.host, args, folder),
    docker,
    running,
    settled: () => until('every service has all its tasks', () => isSettled(engine), 120),
    async close() {
      await engine.close();
      await tunnel.close();
    },
  };
}

type CountedService = Service & { ServiceStatus: { RunningTasks: number; DesiredTasks: number } };

async function isSettled(engine: Engine): Promise<boolean> {
  const services = await engine.get<CountedService[]>('/services', { status: true });
  return services.every(
    ({ ServiceStatus: { RunningTasks, DesiredTasks }, UpdateStatus }) =>
      RunningTasks === DesiredTasks && !/updating|rollback_started/.test(UpdateStatus?.State ?? ''),
  );
}

/** Waits for some seconds on purpose: to see that nothing happens. */
export function watchFor(seconds: number): Promise<void> {
  return pause(seconds * 1000);
}

/** All services that are scaled, updated and killed one by one. */
export const scaled: ServiceName[] = ['service1', 'service2', 'service3', 'service4'];
