import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import axios from 'axios';
import nock from 'nock';
import type { Balancer, Target } from './balance.ts';
import { CallError, createClient } from './call.ts';
import { requestContext } from './context.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { listenWith } from './test-replica.ts';

beforeAll(() => {
  nock.disableNetConnect();
  nock.enableNetConnect('127.0.0.1');
});
afterEach(() => nock.cleanAll());
afterAll(() => nock.restore());

const replicas = ['http://one.test', 'http://two.test', 'http://three.test'];

/** A client of three replicas, which nock plays; they are picked in order, tried ones last. */
function clientOfThree() {
  const targets = replicas.map((baseURL): Target => {
    const http = axios.getAdapter('http');
    const adapter: Target['adapter'] = config => http({ ...config, baseURL, maxRedirects: 0 });
    return { address: baseURL, adapter, inFlight: 0, restsUntil: 0, close: async () => {} };
  });
  const [first] = targets;
  if (!first) throw new Error('There are three.');
  const balancer = {
    pick: jest.fn(async (tried: Set<Target>) => targets.find(target => !tried.has(target)) ?? first),
    setAside: jest.fn<Balancer['setAside']>(),
    close: jest.fn(async () => {}),
  };
  const metrics = createMetrics('service1');
  return { client: createClient('service3', metrics, balancer), targets, balancer, metrics };
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

const soon = (milliseconds = 1600) => performance.now() + milliseconds;

const errorWith = (code: string) => Object.assign(new Error(code), { code });

function carOf(body: unknown): string {
  const car = Object(body).car;
  if (typeof car === 'string') return car;
  throw new TypeError('Expected a car.');
}

describe('When a replica answers', () => {
  test('its value, its name and its version come back', async () => {
    nock('http://one.test')
      .get('/car')
      .reply(200, { car: 'van' }, { 'X-Instance': 'one', 'X-Version': '1.2' });
    const { client } = clientOfThree();
    expect(await client.get('/car', carOf, soon())).toEqual({
      value: 'van',
      instance: 'one',
      version: '1.2',
    });
  });

  test('it was asked for JSON, with the id of the request', async () => {
    nock('http://one.test', { reqheaders: { accept: 'application/json', 'x-request-id': 'abcdefgh' } })
      .get('/car')
      .reply(200, { car: 'van' });
    const { client } = clientOfThree();
    const context = { requestId: 'abcdefgh', timings: [] };
    const { value } = await requestContext.run(context, () => client.get('/car', carOf, soon()));
    expect(value).toBe('van');
  });

  test('it is busy for as long as the call takes, and the call is counted as ok', async () => {
    const { client, targets, metrics } = clientOfThree();
    nock('http://one.test')
      .get('/car')
      .reply(200, () => ({ car: `busy ${targets[0]?.inFlight}` }));
    expect((await client.get('/car', carOf, soon())).value).toBe('busy 1');
    expect(targets[0]?.inFlight).toBe(0);
    expect(await countsOf(metrics)).toEqual({ ok: 1 });
  });
});

describe('When a try fails', () => {
  const failures: [string, (interceptor: nock.Interceptor) => void, outcome: string, reason: string][] = [
    ['answers 500', one => one.reply(500, { car: 'van' }), 'wrong answer', 'answered with status 500'],
    ['answers 404', one => one.reply(404, { car: 'van' }), 'wrong answer', 'answered with status 404'],
    [
      'redirects',
      one => one.reply(302, '', { Location: 'http://two.test/car' }),
      'wrong answer',
      'answered with status',
    ],
    ['answers rubbish', one => one.reply(200, '<html>'), 'wrong answer', 'answered something else'],
    [
      'answers the wrong JSON',
      one => one.reply(200, { colour: 'red' }),
      'wrong answer',
      'answered something else',
    ],
    ['answers nothing', one => one.reply(200, ''), 'wrong answer', 'answered something else'],
    ['resets', one => one.replyWithError(errorWith('ECONNRESET')), 'error', 'could not be reached'],
    ['refuses', one => one.replyWithError(errorWith('ECONNREFUSED')), 'error', 'could not be reached'],
  ];

  test.each(failures)(
    'a replica that %s is set aside, and another one is asked',
    async (_what, fail, outcome) => {
      fail(nock('http://one.test').get('/car'));
      nock('http://two.test').get('/car').reply(200, { car: 'van' });
      const { client, targets, balancer, metrics } = clientOfThree();
      expect((await client.get('/car', carOf, soon())).value).toBe('van');
      expect(balancer.setAside.mock.calls).toEqual([[targets[0]]]);
      expect(await countsOf(metrics)).toEqual({ [outcome]: 1, ok: 1, retries: 1 });
    },
  );

  test.each(failures)(
    'three that each %s fail the call with a reason',
    async (_what, fail, _outcome, reason) => {
      for (const origin of replicas) fail(nock(origin).get('/car'));
      const { client, targets, balancer } = clientOfThree();
      const failed = client.get('/car', carOf, soon());
      await expect(failed).rejects.toThrow(CallError);
      await expect(failed).rejects.toMatchObject({
        message: expect.stringContaining(reason),
        cause: expect.anything(),
      });
      expect(balancer.pick).toHaveBeenCalledTimes(3);
      expect(targets.map(({ inFlight }) => inFlight)).toEqual([0, 0, 0]);
    },
  );

  test('an answer that begins and breaks off is a failed try', async () => {
    await using replica = await listenWith((_request, response) => {
      response.writeHead(200, { 'Content-Length': 20 });
      response.write('{"car":', () => response.destroy());
    });
    const client = createClient('service3', createMetrics('service1'), replica.url);
    await expect(client.get('/car', carOf, soon())).rejects.toThrow(CallError);
    await client.close();
  });

  test('it is tried again only while most calls succeed, so that an overload is made no worse', async () => {
    const { client, targets, metrics } = clientOfThree();
    const callMany = async (count: number, car: string | null) => {
      const data = JSON.stringify({ car });
      for (const target of targets)
        target.adapter = async config => ({ status: 200, statusText: 'OK', headers: {}, config, data });
      for (let left = count; left > 0; left -= 1) await client.get('/car', carOf, soon()).catch(() => {});
      return (await countsOf(metrics)).retries ?? 0;
    };
    const first = await callMany(100, null);
    expect(first).toBeGreaterThan(60);
    expect(first).toBeLessThanOrEqual(50 + 100 * 0.2);
    await callMany(10, 'van');
    expect(await callMany(1, null)).toBe(first + 2);
  });
});

describe('When no replica answers', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  /** Calls three replicas that say nothing until the call is given up. */
  function callSilentOnes(milliseconds: number) {
    const { client, targets, ...rest } = clientOfThree();
    for (const target of targets) {
      target.adapter = ({ signal }) =>
        new Promise((_resolve, reject) =>
          signal?.addEventListener?.('abort', () => reject(new Error('aborted'))),
        );
    }
    const failed = expect(client.get('/car', carOf, soon(milliseconds))).rejects.toThrow(
      'did not answer in time',
    );
    return { ...rest, failed };
  }

  test('a try is given up after 600 ms and counted as a timeout', async () => {
    const { balancer, metrics, failed } = callSilentOnes(1000);
    await jest.advanceTimersByTimeAsync(599);
    expect(balancer.setAside).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(balancer.setAside).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(400);
    await failed;
    expect(await countsOf(metrics)).toEqual({ timeout: 2, retries: 1 });
  });

  test('no try outlives the deadline, and none begins after it', async () => {
    const { balancer, failed } = callSilentOnes(100);
    await jest.advanceTimersByTimeAsync(100);
    await failed;
    expect(balancer.pick).toHaveBeenCalledTimes(1);
  });

  test('a look-up that never ends does not outlive the deadline either', async () => {
    const { client, balancer } = clientOfThree();
    balancer.pick.mockReturnValue(new Promise(() => {}));
    const failed = expect(client.get('/car', carOf, soon(100))).rejects.toThrow('did not answer in time');
    await jest.advanceTimersByTimeAsync(100);
    await failed;
  });
});

test('a client that is closed closes its connections', async () => {
  const { client, balancer } = clientOfThree();
  await client.close();
  expect(balancer.close).toHaveBeenCalledTimes(1);
});
