import { describe, expect, test } from '@jest/globals';
import { createMetrics } from '@motorpool/service/metrics.ts';
import { readSettings } from '@motorpool/service/settings.ts';
import { listenWith } from '@motorpool/service/test-replica.ts';
import { declaration } from '../settings.ts';
import { createRemotes, type Remotes } from './remotes.ts';

/** Calls one server that is service 2, 3 and 4 at once and always answers the same, and says how it was asked. */
async function call<Value>(answer: unknown, work: (remotes: Remotes, deadline: number) => Promise<Value>) {
  const asked: string[] = [];
  await using server = await listenWith((request, response) => {
    asked.push(`${request.url}`);
    response.end(JSON.stringify(answer));
  });
  const [SERVICE2_URL, SERVICE3_URL, SERVICE4_URL] = Array<string>(3).fill(server.url.href);
  const settings = readSettings(declaration, { SERVICE2_URL, SERVICE3_URL, SERVICE4_URL });
  const remotes = createRemotes(settings, createMetrics('service1'));
  try {
    return { value: await work(remotes, performance.now() + 1600), asked };
  } finally {
    await remotes.close();
  }
}

describe('When a service answers what it should', () => {
  test('service 2 gives a number of the seats', async () => {
    const { value, asked } = await call({ number: 250 }, (remotes, deadline) =>
      remotes.number(250, deadline),
    );
    expect([value.value, asked]).toEqual([250, ['/number?min=1&max=250']]);
  });

  test('service 3 gives a car, or all of them', async () => {
    const one = await call({ car: 'van' }, (remotes, deadline) => remotes.car(deadline));
    expect([one.value.value, one.asked]).toEqual(['van', ['/car']]);
    const all = await call({ cars: ['van', 7, 'taxi'] }, (remotes, deadline) => remotes.cars(deadline));
    expect([all.value.value, all.asked]).toEqual([['van', 'taxi'], ['/cars']]);
  });

  test.each([
    ['Ольга', 'O'],
    ['长孙无忌', 'Z'],
    ['เอกชัย', 'E'],
    ['007', '-'],
  ])('service 4 gives a colour, and learns no more of %s than its first letter', async (name, letter) => {
    const answer = { letter, name: 'olive', hex: '#808000' };
    const { value, asked } = await call(answer, (remotes, deadline) => remotes.colour(name, deadline));
    expect([value.value, asked]).toEqual([{ name: 'olive', hex: '#808000' }, [`/colour/${letter}`]]);
  });

  test.each(['service2', 'service3', 'service4'] as const)('%s says that it is there', async name => {
    const { asked } = await call({ status: 'ok' }, (remotes, deadline) => remotes.healths(deadline)[name]());
    expect(asked).toEqual(['/health']);
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
