import { setTimeout as pause } from 'node:timers/promises';
import { type Engine, openEngine } from '../deploy/swarm/engine-api.ts';
import { openTunnel } from '../deploy/swarm/ssh-tunnel.ts';
import type { Node, Service, Task } from '../deploy/swarm/swarm.ts';
import { type Deployed, runDeploy } from './deploy.ts';
import { dockerOn, inNode, type LabNode, nodeNumber, nodes, sshArgs } from './nodes.ts';
import { type RunOptions, docker as runDocker } from './run.ts';
import { until } from './until.ts';

/** The stack on the lab's swarm, and the ways to touch it. */
export type Stack = {
  /** Where NGINX answers on each node. */
  targets: string[];
  /** Runs the project's own deploy command, with the stack file of another folder and other variables where given. */
  deploy(args: string[], folder?: string, variables?: Record<string, string>): Promise<Deployed>;
  /** Runs docker on the manager. */
  docker(args: string[], options?: RunOptions): Promise<string>;
  /** The tasks of services that run now, with their nodes and containers. */
  running(...services: string[]): Promise<RunningTask[]>;
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

/** Reaches the stack through node1, over SSH, as soon as something is asked of it. */
export function openStack(): Stack {
  let connected: ReturnType<typeof connect> | undefined;
  const connection = () => {
    connected ??= connect().catch(error => {
      connected = undefined;
      throw error;
    });
    return connected;
  };

  async function running(...services: string[]): Promise<RunningTask[]> {
    const { engine } = await connection();
    const known = await engine.get<Node[]>('/nodes');
    const names = new Map(known.map(node => [node.ID, node.Description.Hostname]));
    const filters = { service: services.map(name => `motorpool_${name}`), 'desired-state': ['running'] };
    const tasks = await engine.get<Task[]>('/tasks', { filters });
    return tasks
      .filter(({ Status }) => Status.State === 'running')
      .map(({ ID, NodeID, Spec, Status }) => {
        const container = Status.ContainerStatus?.ContainerID ?? '';
        return {
          id: ID,
          node: nodes.find(({ name }) => name === names.get(NodeID ?? '')) ?? nodeNumber(1),
          container,
          instance: container.slice(0, 12),
          image: Spec.ContainerSpec.Image.replace(/@sha256:.*/, ''),
        };
      });
  }

  return {
    targets: nodes.map(({ address }) => `http://${address}`),
    deploy: async (...how) => runDeploy((await connection()).tunnel.host, ...how),
    // Over the tunnel: a `docker exec` in the node would start twice as many processes.
    docker: async (args, options) =>
      runDocker(['--host', (await connection()).tunnel.host, ...args], options),
    running,
    settled: () =>
      until('every service has all its tasks', async () => isSettled((await connection()).engine), 120),
    async close() {
      if (!connected) return;
      const { engine, tunnel } = await connected;
      await engine.close();
      await tunnel.close();
    },
  };
}

async function connect() {
  const tunnel = await openTunnel(`ssh://root@${nodeNumber(1).address}`, sshArgs);
  return { tunnel, engine: openEngine(tunnel) };
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

/** What all containers on the nodes have logged of a request, a line each. */
export async function logsOf(request: string): Promise<string> {
  const find = `grep --no-filename --word-regexp '${request}' /var/lib/docker/containers/*/*-json.log*`;
  const lists = [...nodes, nodeNumber(4)].map(node => inNode(node, find).catch(() => '')); // that finds nothing fails
  const lines = (await Promise.all(lists)).filter(Boolean).join('\n');
  return lines.replace(/^{"log":"|\\n","stream":.*$/gm, '').replaceAll('\\"', '"');
}

/** The memory that a stack's containers use now on all nodes, by service, as `docker stats` counts it: a sentence. */
export async function memoryOfStack(name = 'motorpool'): Promise<string> {
  const stats = ['stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}}'];
  const lists = await Promise.all(nodes.map(node => dockerOn(node, stats)));
  const memory = new Map<string, number>();
  for (const line of lists.flatMap(list => list.split('\n'))) {
    const [, of, service, number, unit = ''] =
      /^([^_]+)_([\w-]+)\.\S+ ([\d.]+)(MiB|GiB|KiB)/.exec(line) ?? [];
    const mebibytes = Number(number) * ({ KiB: 1 / 1024, MiB: 1, GiB: 1024 }[unit] ?? 0);
    if (service && of === name) memory.set(service, (memory.get(service) ?? 0) + mebibytes);
  }
  const total = [...memory.values()].reduce((sum, one) => sum + one, 0);
  const each = [...memory].sort().map(([name, mebibytes]) => `${name} ${Math.round(mebibytes)}`);
  return `${Math.round(total)} MiB (${each.join(', ')})`;
}
