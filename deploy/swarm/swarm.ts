import { docker } from './docker.ts';
import { engine } from './engine.ts';

/** What Docker says of a service; only what is used here. */
export type Service = {
  ID: string;
  Version: { Index: number };
  Spec: {
    Name: string;
    Labels?: Record<string, string>;
    Mode: { Replicated?: { Replicas: number }; Global?: object };
    TaskTemplate: {
      ContainerSpec: { Image: string } & Record<string, unknown>;
      ForceUpdate?: number;
      Placement?: { Constraints?: string[] };
    };
    /** Durations are in nanoseconds. */
    UpdateConfig?: { Monitor?: number; Order?: string };
  };
  UpdateStatus?: { State: string; StartedAt?: string; Message?: string };
};

/** What Docker says of a task; only what is used here. */
export type Task = {
  ID: string;
  CreatedAt: string;
  ServiceID: string;
  NodeID?: string;
  Slot?: number;
  DesiredState: string;
  Spec: { ContainerSpec: { Image: string } & Record<string, unknown>; ForceUpdate?: number };
  Status: {
    State: string;
    Timestamp: string;
    Message?: string;
    Err?: string;
    ContainerStatus?: { ContainerID?: string; ExitCode?: number };
  };
};

/** What Docker says of a node; only what is used here. */
export type Node = {
  ID: string;
  Spec: { Labels: Record<string, string>; Role: 'manager' | 'worker'; Availability: string };
  Description: { Hostname: string };
  Status: { State: string; Addr: string };
  ManagerStatus?: { Addr: string };
};

/** The services of a stack, by their short names. */
export async function readServices(stack: string): Promise<Map<string, Service>> {
  const filters = { label: [`com.docker.stack.namespace=${stack}`] };
  const services = await engine.get<Service[]>('/services', { filters });
  return new Map(services.map(service => [service.Spec.Name.slice(stack.length + 1), service]));
}

/** The tasks of services, also those that are gone, as far as the swarm remembers them. */
export async function readTasks(services: Pick<Service, 'ID'>[]): Promise<Task[]> {
  if (services.length === 0) return []; // a filter that names none means all
  return engine.get<Task[]>('/tasks', { filters: { service: services.map(({ ID }) => ID) } });
}

/** The nodes of the swarm. */
export function readNodes(): Promise<Node[]> {
  return engine.get<Node[]>('/nodes');
}

/** The last lines that a task wrote; none if its node does not give them soon, for Docker would wait for ever. */
export async function lastLines(task: Task, count = 10): Promise<string> {
  const { stdout, stderr } = await docker(['service', 'logs', '--raw', '--tail', String(count), task.ID], {
    timeoutMs: 10_000,
  }).catch(() => ({ stdout: '', stderr: '' }));
  return `${stdout}${stderr}`.trim();
}
