import { setTimeout as pause } from 'node:timers/promises';
import { Axios, type AxiosResponse } from 'axios';
import type { Balancer, Target } from './balance.ts';
import { fromHeader } from './header-text.ts';
import type { Metrics } from './metrics.ts';
import { createRetryBudget } from './retry-budget.ts';
import { fairMs, TooLate } from './time-limit.ts';
import { inSpan } from './trace.ts';

/** What a service answered, and who it was. */
export type Answer<Value> = { value: Value; instance: string | null; version: string | null };

/** One of the services that another one calls. */
export type Client = {
  /**
   * GETs a path as JSON. `parse` takes the answer's body and gives its value, or throws if it is none: a wrong answer
   * counts as a failed try. Gives up when `deadline` (on the clock of performance.now()) has passed.
   * Throws a CallError.
   */
  get<Value>(path: string, parse: (body: unknown) => Value, deadline: number): Promise<Answer<Value>>;
  close(): Promise<void>;
};

/** A call that failed on every try; its message says how the last one did. */
export class CallError extends Error {}

const tries = 3;
const tryMs = 450; // where a node goes silent with three parts of a draw, there is time for another one of each
const restMs = 2000;
// One that is busy refuses fast: without any rest it would be the least busy one, and asked all the more.
const busyRestMs = 100;

// Without axios' defaults, which it would merge into every call: there is nothing to transform, and no status throws.
const http = new Axios();

/**
 * A client that spreads its calls over all replicas of a service and tries a failed one on another replica, at most
 * three times and 450 ms each, as long as not too many fail. Only GET: what is not idempotent is never sent twice.
 */
export function createClient(name: string, metrics: Metrics, balancer: Balancer): Client {
  const budget = createRetryBudget();
  const facts = { 'http.request.method': 'GET', 'server.address': name };

  async function attempt<Value>(
    path: string,
    parse: (body: unknown) => Value,
    deadline: number,
    tried: Set<Target>,
  ) {
    const began = performance.now();
    const givenMs = Math.min(tryMs, deadline - began);
    let outcome: Outcome = 'ok';
    let target: Target | undefined;
    try {
      target = await balancer.pick(tried, givenMs);
      target.inFlight += 1;
      const timeout = givenMs - (performance.now() - began);
      return answerOf(await http.request({ url: path, adapter: target.adapter, timeout }), parse);
    } catch (error) {
      outcome = outcomeOf(error);
      if (target) {
        tried.add(target);
        if (outcome === 'busy') balancer.setAside(target, busyRestMs);
        else if (outcome !== 'timeout' || givenMs >= fairMs) balancer.setAside(target, restMs);
      }
      throw error;
    } finally {
      if (target) target.inFlight -= 1;
      metrics.calls.observe({ target: name, outcome }, (performance.now() - began) / 1000);
    }
  }

  return {
    async get(path, parse, deadline) {
      const tried = new Set<Target>();
      budget.earn();
      for (let left = tries - 1; ; left -= 1) {
        try {
          return await inSpan('GET', facts, () => attempt(path, parse, deadline, tried));
        } catch (error) {
          // Where one is busy the others mostly are, too: one more is asked, not two.
          if (error instanceof Busy) left = Math.min(left, 1);
          const waitMs = Math.random() * 20;
          if (left === 0 || performance.now() + waitMs >= deadline || !budget.spend())
            throw new CallError(reasonOf(error), { cause: error });
          metrics.retries.inc({ target: name });
          await pause(waitMs);
        }
      }
    },
    close: () => balancer.close(),
  };
}

function answerOf<Value>(
  { status, data, headers }: AxiosResponse<string>,
  parse: (body: unknown) => Value,
): Answer<Value> {
  if (status === 503) throw new Busy('is busy');
  if (status !== 200) throw new WrongAnswer(`answered with status ${status}`);
  return {
    value: parsed(data, parse),
    instance: textOf(headers['x-instance']),
    version: textOf(headers['x-version']),
  };
}

function textOf(header: string | undefined): string | null {
  return header === undefined ? null : fromHeader(header);
}

function parsed<Value>(body: string, parse: (body: unknown) => Value): Value {
  try {
    return parse(JSON.parse(body));
  } catch (error) {
    throw new WrongAnswer('answered something else than was asked for', { cause: error });
  }
}

class WrongAnswer extends Error {}

class Busy extends WrongAnswer {}

type Outcome = 'ok' | 'busy' | 'wrong answer' | 'timeout' | 'error';

function outcomeOf(error: unknown): Outcome {
  if (error instanceof Busy) return 'busy';
  if (error instanceof WrongAnswer) return 'wrong answer';
  return error instanceof TooLate ? 'timeout' : 'error';
}

function reasonOf(error: unknown): string {
  if (error instanceof WrongAnswer) return error.message;
  if (error instanceof TooLate) return 'did not answer in time';
  const code = Error.isError(error) && 'code' in error ? ` (${error.code})` : '';
  return `could not be reached${code}`;
}
