import { expect, test } from '@jest/globals';
import { liveOf, network, type specificationOf } from '../swarm/test-live.ts';
import { driftOf } from './drift.ts';
import { deployedOf, type Live } from './live.ts';

type Specification = ReturnType<typeof specificationOf>;
type Change = (service2: Specification, live: Live) => void;

const deployed = deployedOf('motorpool', liveOf());

function driftAfter(change: Change): string[] {
  return driftOf('motorpool', deployed, liveOf(change)).flatMap(({ lines }) => lines);
}

const kinds: [string, Change, string[]][] = [
  [
    'a scaled service',
    ({ Mode }) => Object.assign(Mode, { Replicated: { Replicas: 5 } }),
    ['~ service2.replicas: 5, deployed: 2'],
  ],
  [
    'another image',
    ({ TaskTemplate: { ContainerSpec } }) => {
      ContainerSpec.Image = 'other:1@sha256:def';
    },
    ['~ service2.image: other:1@sha256:def, deployed: service2:1.0@sha256:abc'],
  ],
  [
    'an environment variable more',
    ({ TaskTemplate: { ContainerSpec } }) => void ContainerSpec.Env.unshift('DEBUG=a=b'),
    ['+ service2.env.DEBUG: a=b, not deployed'],
  ],
  [
    'an environment variable less',
    ({ TaskTemplate: { ContainerSpec } }) => void ContainerSpec.Env.shift(),
    ['- service2.env.LOG_LEVEL: none, deployed: info'],
  ],
  [
    'another constraint',
    ({ TaskTemplate }) => void TaskTemplate.Placement.Constraints.push('node.id == x'),
    ['~ service2.placement.constraints: node.role == worker node.id == x, deployed: node.role == worker'],
  ],
  [
    'another limit',
    ({ TaskTemplate }) => {
      TaskTemplate.Resources.Limits.MemoryBytes = 1;
    },
    ['~ service2.resources.limits.memory_bytes: 1, deployed: 268435456'],
  ],
  [
    'another config',
    ({ TaskTemplate: { ContainerSpec } }) => {
      ContainerSpec.Configs = [
        { File: { Name: '/cars.json' }, ConfigID: 'c2', ConfigName: 'motorpool_cars_2' },
      ];
    },
    ['~ service2.configs./cars.json.config_name: motorpool_cars_2, deployed: motorpool_cars_1'],
  ],
  [
    'a secret that can be read by others',
    ({ TaskTemplate: { ContainerSpec } }) => {
      ContainerSpec.Secrets = [
        { File: { Name: 'db_password', Mode: 292 }, SecretID: 's1', SecretName: 'password_1' },
      ];
    },
    ['~ service2.secrets.db_password.file.mode: 292, deployed: 256'],
  ],
  [
    'another network',
    ({ TaskTemplate }, { networks }) => {
      networks.push(network('n2', 'motorpool_data'));
      TaskTemplate.Networks = [{ Target: 'n2', Aliases: ['service2'] }];
    },
    [
      '+ service2.networks.motorpool_data.aliases: service2, not deployed',
      '+ service2.networks.motorpool_data.target: motorpool_data, not deployed',
      '- service2.networks.motorpool_parts.aliases: none, deployed: service2',
      '- service2.networks.motorpool_parts.target: none, deployed: motorpool_parts',
    ],
  ],
  [
    'another way to update and to roll back',
    ({ UpdateConfig, RollbackConfig }) => {
      UpdateConfig.Order = 'stop-first';
      RollbackConfig.Parallelism = 0;
    },
    [
      '~ service2.rollback_config.parallelism: 0, deployed: 1',
      '~ service2.update_config.order: stop-first, deployed: start-first',
    ],
  ],
  [
    'another published port',
    ({ EndpointSpec: { Ports } }) => void Object.assign(Ports[0] ?? {}, { PublishedPort: 8081 }),
    ['~ service2.endpoint_spec.ports.80.published_port: 8081, deployed: 8080'],
  ],
  [
    'a service that was removed',
    (_service2, { services }) => void services.pop(),
    ['- service2: none, deployed: service2:1.0@sha256:abc'],
  ],
  [
    'a network that is missing',
    (_service2, { networks }) => {
      networks[0] = { ...network('n1', 'motorpool_parts'), Labels: null };
    },
    ['- network motorpool_parts: none, deployed: overlay'],
  ],
  [
    'a network that lets out',
    (_service2, { networks }) => {
      networks[0] = { ...network('n1', 'motorpool_parts'), Internal: false };
    },
    ['~ network motorpool_parts.internal: false, deployed: true'],
  ],
];

test.each(kinds)('%s is a drift', (_name, change, lines) => {
  expect(driftAfter(change)).toEqual(lines);
});

test('what Docker may list in another order or leave out, and a forced restart, are no drift', () => {
  const lines = driftAfter(({ TaskTemplate }) => {
    TaskTemplate.ContainerSpec.Env.reverse();
    Object.assign(TaskTemplate.ContainerSpec, { DNSConfig: null });
    TaskTemplate.ForceUpdate = 2;
  });
  expect(lines).toEqual([]);
});
