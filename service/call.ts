import { Axios, type AxiosResponse, isCancel } from 'axios';
import { type Balancer, createBalancer, type Target } from './balance.ts';
import { requestContext } from './context.ts';
import { fromHeader } from './header-text.ts';
import type { Metrics } from './metrics.ts';

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
const tryMs = 600;
// Where everybody is slow, three tries each would only make it worse: so of all calls a fifth may be tried again, and
// some at once, as when a replica dies. (Finagle's retry budget.)
const retriesPerCall = 0.2;
const mostRetriesAtOnce = 50;

// Without axios' defaults, which it would merge into every call: there is nothing to transform, and no status throws.
const http = new Axios({ headers: { Accept: 'application/json' } });

/**
 * A client that spreads its calls over all replicas of a service and tries a failed one on another replica, at most
 * three times and 600 ms each, as long as not too many fail. Only GET: what is not idempotent is never sent twice.
 */
export function createClient(target: string, metrics: Metrics, balancer: Balancer): Client;
export function createClient(target: string, metrics: Metrics, url: URL): Client;
export function createClient(name: string, metrics: Metrics, where: URL | Balancer): Client {
  const balancer = where instanceof URL ? createBalancer(where) : where;
  let retriesAllowed = mostRetriesAtOnce;

  async function attempt<Value>(
    path: string,
    parse: (body: unknown) => Value,
    deadline: number,
    tried: Set<Target>,
  ) {
    const began = performance.now();
    let outcome = 'ok';
    let target: Target | undefined;
    // Not AbortSignal.timeout, whose timer nobody can stop when the answer is there.
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(new TooLate()), Math.min(tryMs, deadline - began));
    try {
      target = await unlessAborted(balancer.pick(tried), abort.signal);
      target.inFlight += 1;
      const response = await send(target, path, abort.signal);
      return answerOf(response, parse);
    } catch (error) {
      outcome = outcomeOf(error);
      if (target) {
        balancer.setAside(target);
        tried.add(target);
      }
      throw error;
    } finally {
      clearTimeout(timer);
      if (target) target.inFlight -= 1;
      metrics.calls.observe({ target: name, outcome }, (performance.now() - began) / 1000);
    }
  }

  return {
    async get(path, parse, deadline) {
      const tried = new Set<Target>();
      retriesAllowed = Math.min(mostRetriesAtOnce, retriesAllowed + retriesPerCall);
      for (let left = tries - 1; ; left -= 1) {
        try {
          return await attempt(path, parse, deadline, tried);
        } catch (error) {
          const pause = Math.random() * 20;
          if (left === 0 || retriesAllowed < 1 || performance.now() + pause >= deadline)
            throw new CallError(reasonOf(error), { cause: error });
          retriesAllowed -= 1;
          metrics.retries.inc({ target: name });
          await new Promise(resolve => setTimeout(resolve, pause));
        }
      }
    },
    close: () => balancer.close(),
  };
}

function send(target: Target, path: string, signal: AbortSignal): Promise<AxiosResponse<string>> {
  return http.request({
    url: path,
    adapter: target.adapter,
    headers: { 'X-Request-Id': requestContext.getStore()?.requestId },
    signal,
  });
}

/** What the work gives; throws the signal's reason if that comes first, for a look-up in DNS cannot be aborted. */
function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

function answerOf<Value>(
  { status, data, headers }: AxiosResponse<string>,
  parse: (body: unknown) => Value,
): Answer<Value> {
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

class TooLate extends Error {}

function outcomeOf(error: unknown): 'wrong answer' | 'timeout' | 'error' {
  if (error instanceof WrongAnswer) return 'wrong answer';
  return isTimeout(error) ? 'timeout' : 'error';
}

function reasonOf(error: unknown): string {
  if (error instanceof WrongAnswer) return error.message;
  if (isTimeout(error)) return 'did not answer in time';
  const code = Error.isError(error) && 'code' in error ? ` (${error.code})` : '';
  return `could not be reached${code}`;
}

// Time limits are all that aborts a call; axios says so with an error of its own, DNS with the signal's.
function isTimeout(error: unknown): boolean {
  return isCancel(error) || error instanceof TooLate;
}
