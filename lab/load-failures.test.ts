import type { ServerResponse } from 'node:http';
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

/** Loads the targets until the last of them was asked 40 times. */
async function loaded(to: TestTarget[], options: Partial<LoadOptions> = {}) {
  const origins = to.map(({ origin }) => origin);
  const usual = { perSecond: 100, postsPerSecond: 50, failover: false, timeoutMs: 2000 };
  const running = await startLoad({ targets: origins, ...usual, ...options });
  await until('40 requests were asked', async () => (to.at(-1)?.asked.length ?? 0) >= 40);
  return running.stop();
}

describe('what counts as failed', () => {
  const bad: [string, (response: ServerResponse) => void, RegExp][] = [
    [
      'status 500',
      response => response.writeHead(500).end('{"detail":"It broke."}'),
      /^answered 500: It broke\./,
    ],
    ['status 404', response => response.writeHead(404).end('?'), /^answered 404/],
    ['an empty answer', response => response.writeHead(200).end(), /headline|JSON|answered 200/],
    ['rubbish', response => response.end('<h1>Hello</h1></html>'), /headline is "Hello"|JSON|answered 200/],
    [
      'half a draw',
      response => response.end('{"person":{"id":1,"name":"A"}}'),
      /car is missing|headline|200/,
    ],
    ['a reset', response => response.socket?.resetAndDestroy(), /broke before any answer \(ECONNRESET\)/],
    ['an answer cut off', response => cutOff(response), /the answer broke off/],
    ['silence', () => {}, /no answer in time/],
  ];

  test.each(bad)('%s', async (name, answerBadly, reason) => {
    const server = await target((_, response) => {
      answerBadly(response);
      return true;
    });
    const timeoutMs = name === 'silence' ? 200 : 5000;
    const { requests, failed, failures, added, seconds } = await loaded([server], { timeoutMs });
    expect(requests).toBeGreaterThan(20);
    expect(failed).toBe(requests);
    expect(failures.length).toBe(Math.min(50, requests));
    for (const failure of failures) expect(failure.reason).toMatch(reason);
    expect(added).toEqual([]);
    expect(seconds[0]).toMatchObject({ ok: 0, p50: 0, p99: 0 });
  });
});

describe('failover', () => {
  test('takes every request of a refused connection to the next target', async () => {
    const [dead, alive] = [await startTarget(), await target()];
    await dead.close();
    const { failed, failovers, requests, added } = await loaded([dead, alive], { failover: true });
    expect(failed).toBe(0);
    expect(failovers).toMatchObject({ brokenNew: 0, brokenKept: 0 });
    expect(failovers.refused / requests).toBeGreaterThan(0.35);
    expect(added.length).toBeGreaterThan(8);
  });

  test('takes a reset GET to the next target, never a reset POST', async () => {
    const resets = await target((_, response) => Boolean(response.socket?.resetAndDestroy()));
    const { failed, failures, failovers } = await loaded([resets, await target()], { failover: true });
    expect(failovers).toMatchObject({ refused: 0, brokenKept: 0 });
    expect(failovers.brokenNew).toBeGreaterThan(10);
    expect(failed).toBeGreaterThan(5);
    expect(new Set(failures.map(({ method }) => method))).toEqual(new Set(['POST']));
  });

  test('tells a connection that served before from a new one', async () => {
    const served = new WeakSet();
    const hangsUp = await target((request, response) => {
      if (served.has(request.socket)) return Boolean(response.socket?.resetAndDestroy());
      served.add(request.socket);
      return false;
    });
    const { failovers } = await loaded([hangsUp, await target()], { failover: true });
    expect(failovers).toMatchObject({ refused: 0, brokenNew: 0 });
    expect(failovers.brokenKept).toBeGreaterThan(0);
  });

  test('is not for an answer that has begun, nor for a bad one, nor for one that is late', async () => {
    for (const answerBadly of [
      cutOff,
      (response: ServerResponse) => response.writeHead(502).end(),
      () => {},
    ]) {
      const server = await target((_, response) => {
        answerBadly(response);
        return true;
      });
      const { failovers, failed } = await loaded([server, await target()], {
        failover: true,
        timeoutMs: 500,
      });
      expect(failovers).toEqual({ refused: 0, brokenNew: 0, brokenKept: 0 });
      expect(failed).toBeGreaterThan(20);
    }
  });

  test('happens only where it is asked for', async () => {
    const [dead, alive] = [await startTarget(), await target()];
    await dead.close();
    const { failed, failovers, failures } = await loaded([dead, alive]);
    expect(failovers).toEqual({ refused: 0, brokenNew: 0, brokenKept: 0 });
    expect(failed).toBeGreaterThan(20);
    expect(failures[0]).toMatchObject({ target: dead.origin, reason: 'no connection (ECONNREFUSED)' });
  });
});

function cutOff(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Length': 100 }).write('<h1>', () => response.socket?.resetAndDestroy());
}
