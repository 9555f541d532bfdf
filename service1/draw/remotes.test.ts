import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Balancer } from '@motorpool/service/balance.ts';
import { createMetrics } from '@motorpool/service/metrics.ts';
import { readSettings } from '@motorpool/service/settings.ts';
import { getAdapter } from 'axios';
import nock from 'nock';
import { declaration } from '../settings.ts';
import { createRemotes, type Remotes } from './remotes.ts';

const hosts = { service2: 'two.test', service3: 'three.test', service4: 'four.test' };

beforeAll(() => nock.disableNetConnect());
afterAll(() => nock.restore());

/** Has axios call each service over node:http, where nock stands in for it. */
function onlyReplica({ origin: baseURL }: URL): Balancer {
  const http = getAdapter('http');
  const close = async () => {};
  const adapter: typeof http = config => http({ ...config, baseURL });
  const target = { address: baseURL, adapter, inFlight: 0, restsUntil: 0, close };
  return { pick: async () => target, setAside: () => {}, close };
}

/** Calls services that always answer the same, and says what they were asked. */
async function call<Value>(answer: unknown, work: (remotes: Remotes, deadline: number) => Promise<Value>) {
  const asked: string[] = [];
  nock.cleanAll();
  for (const host of Object.values(hosts)) {
    nock(`http://${host}`)
      .persist()
      .get(/./)
      .reply(200, ({ url }: Request) => {
        asked.push(url.replace('http://', ''));
        return JSON.stringify(answer);
      });
  }
  const settings = readSettings(declaration, {
    SERVICE2_URL: `http://${hosts.service2}`,
    SERVICE3_URL: `http://${hosts.service3}`,
    SERVICE4_URL: `http://${hosts.service4}`,
  });
  const remotes = createRemotes(settings, createMetrics('service1'), onlyReplica);
  return { value: await work(remotes, performance.now() + 1600), asked };
}

describe('When a service answers what it should', () => {
  test('service 2 gives a number of the seats', async () => {
    const { value, asked } = await call({ number: 250 }, (remotes, deadline) =>
      remotes.number(250, deadline),
    );
    expect([value.value, asked]).toEqual([250, ['two.test/number?min=1&max=250']]);
  });

  test('service 3 gives a car, or all of them', async () => {
    const one = await call({ car: 'van' }, (remotes, deadline) => remotes.car(deadline));
    expect([one.value.value, one.asked]).toEqual(['van', ['three.test/car']]);
    const all = await call({ cars: ['van', 7, 'taxi'] }, (remotes, deadline) => remotes.cars(deadline));
    expect([all.value.value, all.asked]).toEqual([['van', 'taxi'], ['three.test/cars']]);
  });

  test.each([
    ['Ольга', 'O'],
    ['长孙无忌', 'Z'],
    ['เอกชัย', 'E'],
    ['007', '-'],
  ])('service 4 gives a colour, and learns no more of %s than its first letter', async (name, letter) => {
    const answer = { letter, name: 'olive', hex: '#808000' };
    const { value, asked } = await call(answer, (remotes, deadline) => remotes.colour(name, deadline));
    expect([value.value, asked]).toEqual([{ name: 'olive', hex: '#808000' }, [`four.test/colour/${letter}`]]);
  });

  test.each(['service2', 'service3', 'service4'] as const)('%s says that it is there', async name => {
    const { asked } = await call({ status: 'ok' }, (remotes, deadline) => remotes.healths(deadline)[name]());
    expect(asked).toEqual([`${hosts[name]}/health`]);
  });
});

describe('When a service answers anything else', () => {
  const ask: Record<string, (remotes: Remotes, deadline: number) => Promise<unknown>> = {
    number: (remotes, deadline) => remotes.number(250, deadline),
    car: (remotes, deadline) => remotes.car(deadline),
    cars: (remotes, deadline) => remotes.cars(deadline),
    colour: (remotes, deadline) => remotes.colour('Ann', deadline),
    health: (remotes, deadline) => remotes.healths(deadline).service2(),
  };
  const nonsense: [string, unknown][] = [
    ...[0, 251, 1.5, '7', null, -1, 1e300].map((number): [string, unknown] => ['number', { number }]),
    ...['', 7, null, ['van'], 'x'.repeat(101)].map((car): [string, unknown] => ['car', { car }]),
    ...['van', {}, null].map((cars): [string, unknown] => ['cars', { cars }]),
    ['colour', { name: 'amber' }],
    ['colour', { hex: '#ffbf00' }],
    ['colour', { name: 'amber', hex: 'red;}' }],
    ['colour', { name: 'amber', hex: '#ffbf00"' }],
    ['colour', { name: '', hex: '#ffbf00' }],
    ...Object.keys(ask).flatMap(what =>
      [null, 7, 'ok', [], {}].map((body): [string, unknown] => [what, body]),
    ),
  ];

  test.each(nonsense)('as %s, %j is refused', async (what, answer) => {
    await expect(call(answer, ask[what] ?? ask.car ?? fail)).rejects.toThrow(
      'answered something else than was asked for',
    );
  });
});

const fail = () => Promise.reject(new Error('There is no such call.'));
