import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { getPriority, setPriority } from 'node:os';
import { describe, expect, jest, test } from '@jest/globals';
import { makeCertificate } from '../../tests/support/certificate.ts';
import { describeWith } from '../../tests/support/missing.ts';
import { startNginx } from '../../tests/support/nginx.ts';
import { until } from '../../tests/support/until.ts';
import { type LoadOptions, startLoad } from './load.ts';
import { countAnswers } from './tally.ts';
import { answerWell, startTarget, type TestTarget } from './test-target.ts';

function load(to: TestTarget[], options: Partial<LoadOptions> = {}) {
  const origins = to.map(({ origin }) => origin);
  return startLoad({ targets: origins, perSecond: 200, ...options });
}

/** Loads the targets until the last of them was asked 40 times. */
async function loaded(to: TestTarget[], options: Partial<LoadOptions> = {}) {
  const running = await load(to, { perSecond: 100, postsPerSecond: 50, ...options });
  await asked(to.at(-1), 40);
  return running.stop();
}

const asked = (target: TestTarget | undefined, count: number) =>
  until(`${count} requests were asked`, () => Number(target?.requests.length) >= count);

const noFailovers = { refused: 0, brokenNew: 0, brokenKept: 0 };

describe('a load on a target that answers well', () => {
  test('sends what was due, sees no failure, and who answered in which version', async () => {
    const server = await startTarget();
    const running = await load([server], { postsPerSecond: 20 });
    await until('200 were answered', async () => (await running.progress()).ok >= 200);
    const result = await running.stop();
    const { requests, duration, seconds, answeredBy, versions } = result;
    expect(result).toMatchObject({ failed: 0, failovers: noFailovers, failures: [] });
    expect(requests).toBe(server.requests.length);
    expect(Math.abs(requests - 0.22 * duration)).toBeLessThan(2);
    expect(seconds.reduce((sum, { ok }) => sum + ok, 0)).toBe(requests);
    expect(Object.keys(answeredBy)).toEqual(['service1', 'service2', 'service3', 'service4']);
    expect(answeredBy.service1).toEqual({ one: requests });
    expect(versions.service4).toEqual({ '2.0': expect.any(Number) });
  });

  test('asks half for pages and half for JSON, half on new connections, and adds people under unique names', async () => {
    const server = await startTarget();
    const running = await load([server], { postsPerSecond: 20 });
    await until('20 people were added', async () => (await running.progress()).added >= 20);
    const { requests, added, duration } = await running.stop();
    const gets = server.requests.filter(({ method }) => method === 'GET');
    const pages = gets.filter(({ headers }) => headers.accept === 'text/html').length;
    const draws = gets.filter(({ headers }) => headers.accept === 'application/json').length;
    expect(Math.abs(pages - draws)).toBeLessThanOrEqual(2);
    expect(added).toHaveLength(requests - pages - draws);
    expect(new Set(added.map(({ name }) => name)).size).toBe(added.length);
    expect(added[0]).toMatchObject({ id: 1, name: expect.stringMatching(/^Load 1 of \w+$/) });
    expect(added.every(({ at }) => at > 0 && at < duration + 1000)).toBe(true);
    expect(server.connections.length / requests).toBeGreaterThan(0.45);
    expect(server.connections.length / requests).toBeLessThan(0.7);
  });

  test('goes to every target in turn, but not to one that it avoids, until it uses it again', async () => {
    const [one, other] = [await startTarget(), await startTarget()];
    const running = await load([one, other]);
    await asked(other, 20);
    expect(Math.abs(one.requests.length - other.requests.length)).toBeLessThanOrEqual(8);
    running.avoid(other.origin);
    running.mark('avoided');
    await asked(one, one.requests.length + 20);
    const before = other.requests.length;
    await asked(one, one.requests.length + 30);
    expect(other.requests.length).toBe(before);
    running.use(other.origin);
    await asked(other, before + 10);
    expect(() => running.avoid('http://elsewhere')).toThrow('none of the load');
    const { failed, marks } = await running.stop();
    expect({ failed, marks }).toEqual({ failed: 0, marks: [{ at: expect.any(Number), label: 'avoided' }] });
  });

  test('in a closed loop has each client ask for the next page when it has one, on a connection that it keeps', async () => {
    const waiting: ServerResponse[] = [];
    const server = await startTarget((_, response) => {
      waiting.push(response);
      if (waiting.length >= 3) for (const one of waiting) one.end();
    });
    const running = await load([server], { clients: 3, onlyStatus: true });
    await asked(server, 99);
    expect((await running.stop()).failed).toBe(0);
    expect(server.connections).toHaveLength(3);
    expect(server.requests.every(({ headers }) => headers.accept === 'text/html')).toBe(true);
  });
});

test('requests keep arriving while the target stalls, and the stall counts as latency', async () => {
  const server = await startTarget();
  const running = await load([server], { perSecond: 100 });
  const block = Date.now() + 1000;
  while (Date.now() < block); // the server lives in this very process
  await asked(server, server.requests.length + 120);
  const { seconds, slowest, max, failed } = await running.stop();
  expect(failed).toBe(0);
  expect(max).toBeGreaterThan(800);
  expect(slowest).toEqual({ second: 0, p99: expect.any(Number) });
  expect(slowest.p99).toBeGreaterThan(800);
  for (const { ok } of seconds.slice(0, -1)) expect(ok).toBeGreaterThanOrEqual(99);
});

test('the tally finds the slowest five seconds on end, and how late the load was, and keeps the first failures', () => {
  let now = 0;
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
  const tally = countAnswers();
  for (let due = 0; due < 10_000; due += 100) {
    now = due + (due === 7100 ? 30 : 0);
    tally.sent(due);
    const isAdd = due === 500;
    now = due + (isAdd ? 5000 : due >= 6000 && due < 7000 ? 400 : 10);
    tally.ok(due, isAdd ? { by: {}, added: { id: 1, name: 'Ada' } } : { by: {} });
  }
  const failure = {
    method: 'GET',
    target: '',
    path: '/',
    id: 'a',
    kind: 'cut',
    status: 0,
    reason: '',
  } as const;
  for (let count = 0; count < 50_001; count += 1) tally.failed(9000, failure);
  const { slowest, seconds, added, failed, failures } = tally.result(10_000);
  clock.mockRestore();
  expect(slowest).toEqual({ second: 2, p99: 400 });
  expect(seconds[0]).toMatchObject({ ok: 10, max: 10 });
  expect(added).toEqual([{ id: 1, name: 'Ada', at: 5500, after: 5000 }]);
  expect(seconds[7]).toEqual({ second: 7, ok: 10, failed: 0, late: 30, p50: 10, p99: 10, max: 10 });
  expect([failed, failures.length]).toEqual([50_001, 50_000]);
  expect(failures[0]).toEqual({ ...failure, at: 9000, after: 910 });
});

describe('what counts as failed', () => {
  test.each<[string, number, (response: ServerResponse) => void, RegExp]>([
    ['wrong', 500, response => response.writeHead(500).end('<h1>Oh <i>no</i>'), /^answered 500: Oh no \(/],
    ['wrong', 200, response => response.end('<h1>Hello</h1></html>'), /another request|no JSON|answered 200/],
    ['broken', 0, reset, /broke before any answer \(ECONNRESET\)/],
    ['cut', 0, cutOff, /the answer broke off/],
    ['late', 0, () => {}, /no answer in time/],
    ['late', 0, response => void response.write('<h1>'), /no answer in time/],
  ])('%s, status %i', async (kind, status, answerBadly, reason) => {
    const server = await startTarget((_, response) => answerBadly(response));
    const timeoutMs = kind === 'late' ? 200 : 5000;
    const { requests, failed, failures, added, seconds } = await loaded([server], { timeoutMs });
    expect(requests).toBeGreaterThan(20);
    expect([failed, failures.length]).toEqual([requests, requests]);
    const likely = { kind, status, reason: expect.stringMatching(reason), target: server.origin };
    for (const failure of failures) {
      expect(failure).toMatchObject({ ...likely, id: expect.stringMatching(/^load-\w+-\d+$/) });
      expect(failure.after).toBeGreaterThanOrEqual(kind === 'late' ? 190 : 0);
    }
    expect(new Set(failures.map(({ id }) => id)).size).toBe(requests);
    expect(added).toEqual([]);
    expect(seconds[0]).toMatchObject({ ok: 0, p50: 0, p99: 0 });
  });
});

describe('failover', () => {
  test('takes every request of a refused connection to the next target', async () => {
    const [dead, alive] = [await startTarget(), await startTarget()];
    await dead.stop();
    const { failed, failovers, requests, added } = await loaded([dead, alive], { failover: true });
    expect(failed).toBe(0);
    expect(failovers).toMatchObject({ brokenNew: 0, brokenKept: 0 });
    expect(failovers.refused / requests).toBeGreaterThan(0.35);
    expect(added.length).toBeGreaterThan(8);
  });

  test('takes a reset GET to the next target, never a reset POST', async () => {
    const resets = await startTarget((_, response) => reset(response));
    const { failed, failures, failovers } = await loaded([resets, await startTarget()], { failover: true });
    expect(failovers).toMatchObject({ refused: 0, brokenKept: 0 });
    expect(failovers.brokenNew).toBeGreaterThan(10);
    expect(failed).toBeGreaterThan(5);
    expect(new Set(failures.map(({ method }) => method))).toEqual(new Set(['POST']));
  });

  test('tells a connection that served before from a new one', async () => {
    const served = new WeakSet();
    const hangsUp = await startTarget((request, response) => {
      if (served.has(request.socket)) return reset(response);
      served.add(request.socket);
      return answerWell(request, response);
    });
    const { failovers } = await loaded([hangsUp, await startTarget()], { failover: true });
    expect(failovers).toMatchObject({ refused: 0, brokenNew: 0 });
    expect(failovers.brokenKept).toBeGreaterThan(0);
  });

  test.each([
    ['has begun', cutOff],
    ['is bad', (response: ServerResponse) => response.writeHead(502).end()],
    ['is late', () => {}],
  ])('is not for an answer that %s', async (_, answerBadly) => {
    const bad = await startTarget((_, response) => answerBadly(response));
    const { failovers, failed } = await loaded([bad, await startTarget()], {
      failover: true,
      timeoutMs: 500,
    });
    expect(failovers).toEqual(noFailovers);
    expect(failed).toBeGreaterThan(20);
  });

  test('happens only where it is asked for', async () => {
    const [dead, alive] = [await startTarget(), await startTarget()];
    await dead.stop();
    const { failed, failovers, failures } = await loaded([dead, alive]);
    expect(failovers).toEqual(noFailovers);
    expect(failed).toBeGreaterThan(20);
    const reason = 'no connection (ECONNREFUSED)';
    expect(failures[0]).toMatchObject({ target: dead.origin, kind: 'refused', status: 0, reason });
  });
});

describeWith(['nginx'], 'over https', () => {
  test('no stream fails, nor what is asked on new connections, when an NGINX goes that has accepted it', async () => {
    const certificate = makeCertificate('motorpool.example');
    const { port } = await startTarget((...asked) => void setTimeout(() => answerWell(...asked), 300));
    const nginx = { port, replicas: ['127.0.0.1'], certificate };
    const [going, staying] = [await startNginx(nginx), await startNginx(nginx)];
    const mute = await startTcp(socket => void socket.once('data', () => socket.destroy())); // knows no TLS
    const targets = [mute, staying.ports.https, going.ports.https, staying.ports.https].map(
      port => `https://127.0.0.1:${port}`,
    );
    const running = await startLoad({ targets, perSecond: 50, postsPerSecond: 5, failover: true });
    await until('50 are answered', async () => (await running.progress()).ok >= 50);
    const { ok } = await running.progress();
    process.kill(going.pid, 'SIGQUIT');
    await until('150 more are answered', async () => (await running.progress()).ok >= ok + 150);
    const { failures, failovers, requests, added } = await running.stop();
    expect(failures).toEqual([]);
    expect(failovers).toMatchObject({ brokenNew: 0, brokenKept: 0 });
    expect(failovers.refused / requests).toBeGreaterThan(0.3); // all of one, and later of two of four
    expect(added.length).toBeGreaterThan(8);
  });
});

async function startTcp(listener: (socket: Socket) => void): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('the process of a load', () => {
  /** The ids of the loads that run, by all or by one process. */
  function loads(parent?: number): number[] {
    const list = execFileSync('ps', ['-A', '-o', 'ppid=,pid=,args='], { encoding: 'utf8' });
    return [...list.matchAll(/^ *(\d+) +(\d+) .*load\/process\.ts/gm)]
      .filter(([, starter]) => parent === undefined || Number(starter) === parent)
      .map(([, , pid]) => Number(pid));
  }

  test('comes before others where the machine lets it, and ends with its load', async () => {
    const running = await load([await startTarget()]);
    const [pid = 0] = loads(process.pid);
    if (getPriority(pid) !== -10) expect(() => setPriority(pid, -10)).toThrow();
    await running.stop();
    expect(loads(process.pid)).toEqual([]);
  });

  test('makes its load throw when it is killed', async () => {
    const running = await load([await startTarget()]);
    process.kill(Number(loads(process.pid)[0]), 'SIGKILL');
    await expect(running.stop()).rejects.toThrow("The load's process ended (SIGKILL).");
  });

  test('ends with the process that started it', async () => {
    const server = await startTarget();
    const options = { targets: [server.origin], perSecond: 100 };
    const script = `import { startLoad } from '${new URL('load.ts', import.meta.url)}';
      await startLoad(${JSON.stringify(options)}); setInterval(() => {}, 1000);`;
    const lab = spawn(process.execPath, ['--input-type=module', '-e', script]);
    await asked(server, 20);
    const [pid = 0] = loads(lab.pid);
    expect(pid).toBeGreaterThan(0);
    lab.kill('SIGKILL');
    await until('it has ended', () => !loads().includes(pid));
  });
});

function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

function cutOff(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Length': 100 }).write('<h1>', () => reset(response));
}
