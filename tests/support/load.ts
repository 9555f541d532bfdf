import { until } from './until.ts';

/** What came of a load. */
export type Outcome = { answered: number; failures: string[]; perSecond: number };

/** A load that goes on until it is ended. */
export type Load = {
  /** Waits until so many more requests were answered. */
  more(requests: number): Promise<unknown>;
  /** Sends no more, and waits for every answer. */
  end(): Promise<Outcome>;
};

const perSecond = 105;
const patienceMs = 5000;

/**
 * Draws at a steady rate over connections that are kept alive, whether or not earlier ones are answered (an open
 * loop); every 30th request adds a person, which nobody may send twice. All but 200 and 201 in 5 s is a failure.
 */
export function startLoad(origin: string): Load {
  const began = performance.now();
  const failures: string[] = [];
  const underway = new Set<Promise<void>>();
  let sent = 0;
  let answered = 0;

  async function one(number: number): Promise<void> {
    const isPost = number % 30 === 0;
    const failure = await (isPost ? addPerson(origin, number) : draw(origin)).catch(String);
    if (failure) failures.push(`${isPost ? 'POST' : 'GET'} ${number}: ${failure}`);
    answered += 1;
  }

  const timer = setInterval(() => {
    while (sent < ((performance.now() - began) * perSecond) / 1000) {
      const request = one(sent).finally(() => underway.delete(request));
      underway.add(request);
      sent += 1;
    }
  }, 5);

  return {
    more(requests) {
      const enough = answered + requests;
      return until(`${requests} more requests were answered`, () => answered >= enough, 30_000);
    },
    async end() {
      clearInterval(timer);
      await Promise.all(underway);
      return { answered, failures, perSecond: (answered * 1000) / (performance.now() - began) };
    },
  };
}

async function draw(origin: string): Promise<string> {
  return failureOf(
    await fetch(origin, { headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(patienceMs) }),
    200,
  );
}

async function addPerson(origin: string, number: number): Promise<string> {
  const response = await fetch(`${origin}/people`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: `Person ${number}` }),
    signal: AbortSignal.timeout(patienceMs),
  });
  return failureOf(response, 201);
}

/** What is wrong with an answer; nothing if it has the status that is expected. */
async function failureOf(response: Response, expected: number): Promise<string> {
  const body = await response.text();
  return response.status === expected ? '' : `${response.status} ${body}`;
}
