import { expect, test } from '@jest/globals';
import { createMetrics } from './metrics.ts';

test('durations are told by route and by called service, with the name of the service and its place on each', async () => {
  const { registry, requests, calls, retries } = createMetrics('service9', { node: 'node1' });
  requests.observe({ method: 'GET', route: '/people/:id', status: 200 }, 0.02);
  calls.observe({ target: 'service2', outcome: 'timeout' }, 0.6);
  retries.inc({ target: 'service2' });
  const text = await registry.metrics();
  expect(text).toContain(
    'http_request_duration_seconds_count{service="service9",node="node1",method="GET",route="/people/:id",status="200"} 1',
  );
  expect(text).toContain(
    'call_duration_seconds_sum{service="service9",node="node1",target="service2",outcome="timeout"} 0.6',
  );
  expect(text).toContain('call_retries_total{target="service2",service="service9",node="node1"} 1');
});

test('a time limit of 600 ms is told apart from one second', async () => {
  const { registry, calls } = createMetrics('service9');
  calls.observe({ target: 'service2', outcome: 'timeout' }, 0.6);
  const text = await registry.metrics();
  expect(text).toMatch(/bucket\{le="0.5",.*} 0\n.*bucket\{le="1",.*} 1/);
});

test('the process itself is measured', async () => {
  expect(await createMetrics('service9').registry.metrics()).toContain('process_resident_memory_bytes');
});

test('two services in one process count apart', async () => {
  const [one, other] = [createMetrics('one'), createMetrics('other')];
  one.retries.inc({ target: 'service2' });
  expect(await other.registry.metrics()).not.toContain('call_retries_total{');
});
