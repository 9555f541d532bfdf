import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';

type Part = {
  read_only: boolean;
  cap_drop: string[];
  ports?: unknown;
  volumes: { type: string }[];
  deploy: { resources: { limits: unknown } };
};

const read = (path: string) =>
  parse(readFileSync(join(import.meta.dirname, '..', path), 'utf8'), { merge: true });
const stack = read('monitoring/docker-compose.yml');

test('Prometheus comes into a network in which Docker tells the tasks of every service that it asks', () => {
  const { services, networks } = read('docker-compose.yml');
  expect(stack.networks.parts).toEqual({ external: true, name: expect.stringMatching(/motorpool\}_parts$/) });
  expect(stack.services.prometheus.networks).toContain('parts');
  expect(networks).toHaveProperty('parts');
  for (const { job_name: job, dns_sd_configs } of read('monitoring/prometheus.yml').scrape_configs) {
    expect(dns_sd_configs).toMatchObject([{ names: [job], type: 'A' }]);
    expect(services[job].networks).toContain('parts');
    expect(services[job].deploy.endpoint_mode).toBe('dnsrr');
  }
});

test('what watches has limits and no more rights or ways in than what is watched', () => {
  for (const { read_only, cap_drop, ports, volumes, deploy } of Object.values<Part>(stack.services)) {
    expect({ read_only, cap_drop, ports }).toEqual({ read_only: true, cap_drop: ['ALL'], ports: undefined });
    expect(volumes.map(({ type }) => type)).toEqual(['volume']); // so Docker's socket is none of them
    expect(deploy.resources.limits).toEqual({ memory: expect.any(String), pids: 100 });
  }
});
