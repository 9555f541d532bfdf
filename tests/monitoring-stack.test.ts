import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';

type Part = {
  read_only: boolean;
  cap_drop: string[];
  ports?: unknown;
  volumes?: { type: string }[];
  deploy: { resources: { limits: unknown } };
};

const read = (path: string) =>
  parse(readFileSync(join(import.meta.dirname, '..', path), 'utf8'), { merge: true });
const stack = read('monitoring/docker-compose.yml');

test('Prometheus, and the exporter for MySQL, come into networks in which Docker tells the tasks of every service that they ask', () => {
  const { services, networks } = read('docker-compose.yml');
  const { prometheus } = stack.services;
  for (const [key, network] of Object.entries(stack.networks).filter(([key]) => key !== 'alerts')) {
    expect(network).toEqual({ external: true, name: `\${STACK:-motorpool}_${key}` });
    expect(networks).toHaveProperty(key);
  }
  for (const { dns_sd_configs } of read('monitoring/prometheus.yml').scrape_configs) {
    const [{ names, type }] = dns_sd_configs;
    const [, tasks = '', name = ''] = /^(tasks\.)?(.*)$/.exec(`${names}`) ?? [];
    const asked = { ...services, ...stack.services }[name];
    expect({ type, count: names.length }).toEqual({ type: 'A', count: 1 });
    expect(prometheus.networks.filter((each: string) => asked.networks.includes(each))).not.toEqual([]);
    expect(asked.deploy.endpoint_mode).toBe(tasks ? undefined : 'dnsrr');
  }
  expect(stack.services['mysqld-exporter'].networks).toContain('data');
});

test('where NGINX says its figures nobody from outside can ask', () => {
  for (const path of ['docker-compose.yml', 'nginx/https.yml', 'nginx/proxy-protocol.yml'])
    for (const { target } of read(path).services.nginx.ports) expect(target).not.toBe(82);
});

test('what watches has limits and no more rights or ways in than what is watched', () => {
  for (const { read_only, cap_drop, ports, volumes = [], deploy } of Object.values<Part>(stack.services)) {
    expect({ read_only, cap_drop, ports }).toEqual({ read_only: true, cap_drop: ['ALL'], ports: undefined });
    for (const { type } of volumes) expect(type).toBe('volume'); // so Docker's socket is none of them
    expect(deploy.resources.limits).toEqual({ memory: expect.any(String), pids: 100 });
  }
});
