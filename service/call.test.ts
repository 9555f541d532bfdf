import type { RequestListener } from 'node:http';
import { describe, expect, jest, test } from '@jest/globals';
import { startDeaf } from '../tests/support/deaf.ts';
import { type Balancer, createBalancer, type Target } from './balance.ts';
import { CallError, createClient } from './call.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { listenWith } from './test-replica.ts';
import { undiciSender } from './undici-adapter.ts';

/** A client of replicas that answer so, in this order: tried ones are picked last. A number is a port that is there. */
async function clientOf(...answers: (RequestListener | number)[]) {
  const replicas = await Promise.all(
    answers.map(async answer => (typeof answer === 'number' ? { port: answer } : listenWith(answer))),
  );
  const targets = replicas.map(({ port }): Target => {
    const sender = undiciSender('127.0.0.1', port, 'service3:5002');
    return { address: String(port), ...sender, inFlight: 0, restsUntil: 0 };
  });
  const [first] = targets;
  if (!first) throw new Error('There is at least one.');
  const balancer = {
    pick: jest.fn(async (tried: Set<Target>) => targets.find(target => !tried.has(target)) ?? first),
    setAside: jest.fn<Balancer['setAside']>(),
    close: jest.fn(async () => void (await Promise.all(targets.map(target => target.close())))),
  };
  const metrics = createMetrics('service1');
  const client = createClient('service3', metrics, balancer);
  return {
    client,
    targets,
    balancer,
    metrics,
    get: (milliseconds = 1600) => client.get('/car', carOf, performance.now() + milliseconds),
    async [Symbol.asyncDispose]() {
      await client.close();
      for (const replica of replicas) if ('url' in replica) await replica[Symbol.asyncDispose]();
    },
  };
}

/** How many tries had which outcome, and how many were further tries. */
async function countsOf({ calls, retries }: Metrics): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { metricName, labels, value } of (await calls.get()).values) {
    if (metricName === 'call_duration_seconds_count') counts[String(labels.outcome)] = value;
  }
  for (const { value } of (await retries.get()).values) counts.retries = value;
  return counts;
}

function carOf(body: unknown): string {
  const car = Object(body).car;
  if (typeof car === 'string') return car;
  throw new TypeError('Expected a car.');
}

const answers =
  (body: string, status = 200, headers = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);
const van = answers('{"car":"van"}', 200, { 'X-Instance': 'one', 'X-Version': '1.2' });
const silence: RequestListener = () => {};

describe('When a replica answers', () => {
  test('its value, its name and its version come back', async () => {
    await using replica = await clientOf(van);
    expect(await replica.get()).toEqual({ value: 'van', instance: 'one', version: '1.2' });
  });

  test('it is busy for as long as the call takes, and the call is counted as ok', async () => {
    await using replica = await clientOf((_request, response) => {
      response.end(JSON.stringify({ car: `busy ${replica.targets[0]?.inFlight}` }));
    });
    expect((await replica.get()).value).toBe('busy 1');
    expect(replica.targets[0]?.inFlight).toBe(0);
    expect(await countsOf(replica.metrics)).toEqual({ ok: 1 });
  });
});

describe('When a try fails', () => {
  const failures: [string, RequestListener, outcome: string, reason: string][] = [
    ['answers 500', answers('{"car":"van"}', 500), 'wrong answer', 'answered with status 500'],
    ['answers 404', answers('{"car":"van"}', 404), 'wrong answer', 'answered with status 404'],
    ['redirects', answers('', 302, { Location: '/other' }), 'wrong answer', 'answered with status 302'],
    ['answers rubbish', answers('<html>'), 'wrong answer', 'answered something else'],
    ['answers the wrong JSON', answers('{"colour":"red"}'), 'wrong answer', 'answered something else'],
    ['answers nothing', answers(''), 'wrong answer', 'answered something else'],
    ['hangs up', ({ socket }) => void socket.destroy(), 'error', 'could not be reached'],
    ['resets', ({ socket }) => void socket.resetAndDestroy(), 'error', 'could not be reached'],
    ['speaks no HTTP', ({ socket }) => void socket.end('rubbish'), 'error', 'could not be reached'],
    [
      'breaks off',
      ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"car":'),
      'error',
      'could not be reached',
    ],
    ['says nothing', silence, 'timeout', 'did not answer in time'],
  ];

  test.each(failures)(
    'a replica that %s rests for two seconds, and another one is asked',
    async (_what, fail, outcome) => {
      await using two = await clientOf(fail, van);
      expect((await two.get()).value).toBe('van');
      expect(two.balancer.setAside.mock.calls).toEqual([[two.targets[0], 2000]]);
      expect(await countsOf(two.metrics)).toEqual({ [outcome]: 1, ok: 1, retries: 1 });
    },
  );

  test.each(failures)(
    'three that each %s fail the call with a reason',
    async (_what, fail, _outcome, reason) => {
      await using three = await clientOf(fail, fail, fail);
      const error = await three.get(2000).catch(thrown => thrown);
      expect(error).toBeInstanceOf(CallError);
      expect(error).toMatchObject({ message: expect.stringContaining(reason), cause: expect.anything() });
      expect(three.balancer.pick).toHaveBeenCalledTimes(3);
      expect(three.targets.map(({ inFlight }) => inFlight)).toEqual([0, 0, 0]);
    },
  );

  test('one that refuses connections, and one that does not even do that, leave time for a third', async () => {
    const gone = await listenWith(silence);
    await gone[Symbol.asyncDispose]();
    const deaf = await startDeaf();
    await using three = await clientOf(gone.port, deaf.port, van);
    expect((await three.get(600)).value).toBe('van');
    expect(await countsOf(three.metrics)).toEqual({ error: 2, ok: 1, retries: 2 });
    await deaf.stop();
  });

  test('one that is busy rests for a moment only, and one other is asked, not two', async () => {
    const busy = answers('{}', 503, { 'Retry-After': '1' });
    await using three = await clientOf(busy, busy, van);
    await expect(three.get()).rejects.toThrow('is busy');
    expect(three.balancer.setAside.mock.calls.map(([, milliseconds]) => milliseconds)).toEqual([100, 100]);
    expect(await countsOf(three.metrics)).toEqual({ busy: 2, retries: 1 });
  });

  test('it is tried again only while most calls succeed, so that an overload is made no worse', async () => {
    let car: string | null = null;
    await using one = await clientOf((_request, response) => void response.end(JSON.stringify({ car })));
    const callMany = async (count: number) => {
      for (let left = count; left > 0; left -= 1) await one.get().catch(() => {});
      return (await countsOf(one.metrics)).retries ?? 0;
    };
    const first = await callMany(100);
    expect(first).toBeGreaterThan(60);
    expect(first).toBeLessThanOrEqual(50 + 100 * 0.2);
    car = 'van';
    await callMany(10);
    car = null;
    expect(await callMany(1)).toBe(first + 2);
  });
});

describe('When no replica answers', () => {
  test('a try is given up after 450 ms, and the call at its deadline', async () => {
    await using two = await clientOf(silence, silence);
    const began = performance.now();
    const failed = expect(two.get(800)).rejects.toThrow('did not answer in time');
    const ended = failed.then(() => performance.now() - began);
    expect(await ended).toBeGreaterThanOrEqual(799);
    expect(await ended).toBeLessThan(900);
    expect(await countsOf(two.metrics)).toEqual({ timeout: 2, retries: 1 });
  });

  test.each([50, 350, 1000])('a call of %d ms ends then, though every SYN is dropped', async milliseconds => {
    const deaf = await startDeaf();
    await using one = await clientOf(deaf.port);
    const began = performance.now();
    await expect(one.get(milliseconds)).rejects.toThrow(CallError);
    expect(performance.now() - began).toBeLessThan(milliseconds + 100);
    await deaf.stop();
  });

  test('a look-up that never ends does not outlive the deadline either', async () => {
    const balancer = createBalancer(new URL('http://service3:5002'), () => new Promise(() => {}));
    const client = createClient('service3', createMetrics('service1'), balancer);
    const began = performance.now();
    const failed = client.get('/car', carOf, began + 400);
    await expect(failed).rejects.toThrow('did not answer in time');
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe('When others have used up the time', () => {
  test.each([10, 0, -10])('a replica with %d ms for its answer is not judged by it', async milliseconds => {
    await using one = await clientOf(silence, van);
    await expect(one.get(milliseconds)).rejects.toThrow('did not answer in time');
    expect(one.balancer.setAside).not.toHaveBeenCalled();
  });

  test('nor is the second one when the first has used it up', async () => {
    await using two = await clientOf(silence, silence);
    await two.get(700).catch(() => {});
    expect(two.balancer.setAside.mock.calls).toEqual([[two.targets[0], 2000]]);
  });

  test('a replica that answers all the same is as good as ever', async () => {
    await using one = await clientOf(van);
    await one.get(); // a connection is there
    expect((await one.get(100)).value).toBe('van');
  });
});

test('a client that is closed closes its connections', async () => {
  const one = await clientOf(van);
  await one[Symbol.asyncDispose]();
  expect(one.balancer.close).toHaveBeenCalledTimes(1);
});
