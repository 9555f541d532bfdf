import type { Live, Network } from '../plan/live.ts';
import type { Service } from './swarm.ts';
import { nodeOf } from './test-view.ts';

/** A service's specification with all that may drift, as Docker answers it. */
export function specificationOf(name: string) {
  return {
    Name: `motorpool_${name}`,
    Labels: { 'com.docker.stack.image': `${name}:1.0`, 'com.docker.stack.namespace': 'motorpool' } as Record<
      string,
      string
    >,
    TaskTemplate: {
      ContainerSpec: {
        Image: `${name}:1.0@sha256:abc`,
        Labels: { 'com.docker.stack.namespace': 'motorpool' },
        Env: ['LOG_LEVEL=info', 'URL=http://a?b=c'],
        Privileges: { CredentialSpec: null, SELinuxContext: null },
        Mounts: [{ Type: 'tmpfs', Target: '/tmp' }],
        StopGracePeriod: 20_000_000_000,
        DNSConfig: {},
        Secrets: [{ File: { Name: 'db_password', Mode: 256 }, SecretID: 's1', SecretName: 'password_1' }],
        Configs: [{ File: { Name: '/cars.json' }, ConfigID: 'c1', ConfigName: 'motorpool_cars_1' }],
        CapabilityDrop: ['ALL'],
      },
      Resources: { Limits: { MemoryBytes: 268_435_456 } },
      Placement: { Constraints: ['node.role == worker'] },
      Networks: [{ Target: 'n1', Aliases: [name] }],
      ForceUpdate: 1,
    },
    Mode: { Replicated: { Replicas: 2 } } as { Replicated?: { Replicas: number }; Global?: object },
    UpdateConfig: { Parallelism: 1, Order: 'start-first' },
    RollbackConfig: { Parallelism: 1, Order: 'start-first' },
    EndpointSpec: {
      Mode: 'dnsrr',
      Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'host' }],
    },
  };
}

/** Services 1 and 2 of a stack, their network, and two nodes of which the first one has the database. */
export function liveOf(
  change: (service2: ReturnType<typeof specificationOf>, live: Live) => void = () => {},
) {
  const [one, two] = [specificationOf('service1'), specificationOf('service2')];
  const services: Service[] = [one, two].map((Spec, index) => ({
    ID: `id${index + 1}`,
    Version: { Index: 1 },
    Spec,
  }));
  const nodes = ['node1', 'node2'].map(nodeOf);
  for (const node of nodes.slice(0, 1)) node.Spec.Labels['motorpool.database'] = 'true';
  const live: Live = { services, networks: [network('n1', 'motorpool_parts')], nodes };
  change(two, live);
  return live;
}

/** A network of the stack. */
export function network(Id: string, Name: string): Network {
  const Labels = { 'com.docker.stack.namespace': 'motorpool' };
  return { Id, Name, Driver: 'overlay', Internal: true, Attachable: false, Labels };
}
