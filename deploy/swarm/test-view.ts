import type { View } from '../run/service-state.ts';
import type { Node, Service, Task } from './swarm.ts';

/** A ready node, as Docker describes it. */
export function nodeOf(ID: string): Node {
  return {
    ID,
    Spec: { Labels: {}, Role: 'manager', Availability: 'active' },
    Description: { Hostname: ID },
    Status: { State: 'ready', Addr: '10.0.0.1' },
  };
}

/** A service with two replicas of an image. */
export function serviceOf(image: string, more: Partial<Service> = {}): Service {
  const TaskTemplate = { ContainerSpec: { Image: image, Privileges: null, Dns: [] } };
  const Spec = { Name: 'motorpool_service2', Mode: { Replicated: { Replicas: 2 } }, TaskTemplate };
  return { ID: 'two', Version: { Index: 1 }, Spec, ...more };
}

/** A task of that service, on node1. */
export function taskOf(ID: string, image: string, state = 'running', more: Partial<Task> = {}): Task {
  return {
    ID,
    CreatedAt: '2030-01-01T00:00:00Z',
    ServiceID: 'two',
    NodeID: 'node1',
    Slot: 1,
    DesiredState: 'running',
    Spec: { ContainerSpec: { Image: image } },
    Status: { State: state, Timestamp: '2030-01-01T00:00:00Z' },
    ...more,
  };
}

/** That service with these tasks on one node. */
export function viewOf(service: Service, tasks: Task[]): View {
  return { services: new Map([['service2', service]]), tasks, nodes: [nodeOf('node1')] };
}
