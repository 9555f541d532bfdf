import { expect, test } from '@jest/globals';
import { createMetrics } from '@motorpool/service/metrics.ts';
import { countsOf, figuresOf } from './figures.ts';

test('a replica is reckoned by what it did between two looks, and not by the looks', async () => {
  const { registry, requests, refused } = createMetrics('service2');
  const observe = (route: string, seconds: number, times: number) => {
    for (let time = 0; time < times; time += 1)
      requests.observe({ method: 'GET', route, status: 200 }, seconds);
  };
  observe('/number', 2, 50);
  refused.inc({ kind: 'draws' }, 7);
  const before = countsOf(await registry.metrics());
  observe('/number', 0.004, 98);
  observe('/draws/:personId/:carType', 0.2, 2);
  observe('/metrics', 2, 500);
  observe('/health', 2, 500);
  refused.inc({ kind: 'draws' }, 4);
  refused.inc({ kind: 'people' }, 2);
  const now = countsOf(await registry.metrics());
  // 98 of a hundred took 5 ms at most, the other two from 100 to 250.
  const figures = { requestsPerSecond: 25, p99Milliseconds: 175, refusedPerSecond: 1.5 };
  expect(figuresOf(before, now, 4)).toEqual(figures);
  expect(figuresOf(now, now, 4)).toEqual({
    requestsPerSecond: 0,
    p99Milliseconds: null,
    refusedPerSecond: 0,
  });
  expect(Math.abs(now.startedAt + process.uptime() * 1000 - Date.now())).toBeLessThan(5000);
});

test('what takes longer than the highest bound counts as that', async () => {
  const { registry, requests } = createMetrics('service2');
  const before = countsOf(await registry.metrics());
  requests.observe({ method: 'GET', route: '/', status: 200 }, 60);
  expect(figuresOf(before, countsOf(await registry.metrics()), 1).p99Milliseconds).toBe(2500);
});
