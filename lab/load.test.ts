import { afterEach, describe, expect, test } from '@jest/globals';
import { type LoadOptions, startLoad } from './load.ts';
import { startTarget, type TestTarget } from './test-target.ts';
import { until } from './until.ts';

const targets: TestTarget[] = [];
afterEach(async () => {
  await Promise.all(targets.splice(0).map(target => target.close()));
});

async function target(...args: Parameters<typeof startTarget>): Promise<TestTarget> {
  const started = await startTarget(...args);
  targets.push(started);
  return started;
}

function load(to: TestTarget[], options: Partial<LoadOptions> = {}) {
  const origins = to.map(({ origin }) => origin);
  const usual = { perSecond: 100, postsPerSecond: 0, failover: false, timeoutMs: 2000 };
  return startLoad({ targets: origins, ...usual, ...options });
}

const asked = (target: TestTarget, count: number) =>
  until(`${count} requests were asked`, async () => target.asked.length >= count);

describe('a load on a target that answers well', () => {
  test('sees no failure, and who answered in which version', async () => {
    const server = await target();
    const running = await load([server], { postsPerSecond: 20 });
    await asked(server, 200);
    const result = await running.stop();
    expect(result).toMatchObject({
      failed: 0,
      failovers: { refused: 0, brokenNew: 0, brokenKept: 0 },
      failures: [],
    });
    expect(result.requests).toBe(server.asked.length);
    expect(Object.keys(result.answeredBy)).toEqual(['service1', 'service2', 'service3', 'service4']);
    expect(result.answeredBy.service1).toEqual({ one: result.requests });
    expect(result.versions.service4).toEqual({ '2.0': expect.any(Number) });
    expect(result.seconds.reduce((sum, { ok }) => sum + ok, 0)).toBe(result.requests);
  });

  test('asks half for pages and half for JSON, half on new connections, and adds people under unique names', async () => {
    const server = await target();
    const running = await load([server], { postsPerSecond: 20 });
    await asked(server, 240);
    const { requests, added } = await running.stop();
    const pages = server.asked.filter(one => one === 'GET text/html').length;
    const draws = server.asked.filter(one => one === 'GET application/json').length;
    expect(Math.abs(pages - draws)).toBeLessThanOrEqual(2);
    expect(added).toHaveLength(requests - pages - draws);
    expect(new Set(added.map(({ name }) => name)).size).toBe(added.length);
    expect(added[0]).toEqual({ id: 1, name: expect.stringMatching(/^Load 1 of \w+$/) });
    expect(server.connections() / requests).toBeGreaterThan(0.45);
    expect(server.connections() / requests).toBeLessThan(0.7);
  });

  test('goes to every target in turn, but not to one that it avoids, until it uses it again', async () => {
    const [one, other] = [await target(), await target()];
    const running = await load([one, other]);
    await asked(other, 20);
    expect(Math.abs(one.asked.length - other.asked.length)).toBeLessThanOrEqual(8);
    running.avoid(other.origin);
    running.mark('avoided');
    await asked(one, one.asked.length + 20);
    const before = other.asked.length;
    await asked(one, one.asked.length + 30);
    expect(other.asked.length).toBe(before);
    running.use(other.origin);
    await asked(other, before + 10);
    expect(() => running.avoid('http://elsewhere')).toThrow('none of the load');
    const { failed, marks } = await running.stop();
    expect({ failed, marks }).toEqual({ failed: 0, marks: [{ at: expect.any(Number), label: 'avoided' }] });
  });
});

test('requests keep arriving while the target stalls, and the stall counts as latency', async () => {
  const server = await target();
  const running = await load([server], { timeoutMs: 5000 });
  const block = Date.now() + 1000;
  while (Date.now() < block); // the server lives in this very thread
  await asked(server, server.asked.length + 120);
  const { seconds, max, failed } = await running.stop();
  expect(failed).toBe(0);
  expect(max).toBeGreaterThan(800);
  for (const { ok } of seconds.slice(0, -1)) expect(ok).toBeGreaterThanOrEqual(99);
});
