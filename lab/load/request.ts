import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { text } from 'node:stream/consumers';
import { keepConnection, LeftUndone } from '../../tests/support/streams.ts';
import type { Served } from './answer.ts';
import type { FailoverKind, Failure } from './load.ts';

/** A request, and the check that throws if its answer is a bad one (`id`: the request's own), else says who served it. */
export type Asked = {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body: string;
  check(answer: Answer, id: string): Served;
};

export type Answer = { status: number; headers: IncomingHttpHeaders; body: string };

/**
 * An address that the load asks, with the connections that are kept alive and those that are made anew. With https all
 * that goes on a kept one goes on a single one of HTTP/2, as a browser has it.
 */
export type Target = {
  origin: string;
  kept: Agent;
  fresh: Agent;
  streams: ReturnType<typeof keepConnection> | null;
};

const sentences = {
  refused: 'no connection',
  brokenNew: 'the connection broke before any answer',
  brokenKept: 'the kept connection broke before any answer',
  cut: 'the answer broke off',
  late: 'no answer in time',
};

/** How far a request came that got no whole answer; `failover` where it may go to another target: it is not done twice. */
export class Broken extends Error {
  readonly kind: Failure['kind'];
  readonly failover: FailoverKind | undefined;

  constructor(how: keyof typeof sentences, method: Asked['method'], cause: unknown) {
    const { code } = cause as NodeJS.ErrnoException;
    super(code && how !== 'late' ? `${sentences[how]} (${code})` : sentences[how], { cause });
    const isBroken = how === 'brokenNew' || how === 'brokenKept';
    this.kind = isBroken ? 'broken' : how;
    this.failover = how === 'refused' || (isBroken && method === 'GET') ? how : undefined;
  }
}

/** Sends a request and gives its whole answer, whatever its status. Throws at the deadline (`performance.now()`). */
export async function ask(
  { method, path, headers, body }: Asked,
  id: string,
  { origin, kept, fresh, streams }: Target,
  isKept: boolean,
  deadline: number,
): Promise<Answer> {
  const length = body && { 'Content-Length': Buffer.byteLength(body) };
  const all = { 'X-Request-Id': id, ...headers, ...length };
  const signal = AbortSignal.timeout(Math.max(0, Math.ceil(deadline - performance.now())));
  const isLate = () => signal.aborted || performance.now() >= deadline;
  if (isKept && streams)
    return streams.send({ ...all, ':method': method, ':path': path }, body, signal).catch(error => {
      const how = error instanceof LeftUndone ? 'refused' : 'cut'; // a stream that was accepted is sent once
      throw new Broken(isLate() ? 'late' : how, method, error);
    });
  const how = { method, headers: all, agent: isKept ? kept : fresh, signal };
  const sent = request(new URL(path, origin), how);
  let isConnected = false;
  let hasBegun = false;
  sent.on('socket', socket => {
    isConnected = sent.reusedSocket;
    if (!isConnected)
      socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => (isConnected = true));
    socket.once('data', () => (hasBegun = true));
  });
  sent.on('error', () => {}); // also one that comes when nobody waits any more
  try {
    const [response] = (await once(sent.end(body), 'response')) as [IncomingMessage];
    const answer = {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: await text(response),
    };
    if (isLate()) throw new Error('the deadline has passed');
    return answer;
  } catch (error) {
    throw new Broken(howFar(), method, error);
  }

  function howFar() {
    if (isLate()) return 'late';
    if (!isConnected) return 'refused';
    if (hasBegun) return 'cut';
    return sent.reusedSocket ? 'brokenKept' : 'brokenNew';
  }
}

/** The targets of a load, in turn; those to avoid are left out until they are used again. */
export function openTargets(origins: string[]) {
  const all = origins.map(openTarget);
  let usable = [...all];

  return {
    /** The target whose turn it is; undefined when all are avoided. */
    inTurn: (turn: number): Target | undefined => usable[turn % usable.length],

    /** The target after this one; undefined when there is no other. */
    after(target: Target): Target | undefined {
      const next = usable[(usable.indexOf(target) + 1) % usable.length];
      return next === target ? undefined : next;
    },

    avoid(origin: string): void {
      usable = usable.filter(target => target.origin !== origin);
      for (const target of all) if (target.origin === origin) forgetConnections(target);
    },

    use(origin: string): void {
      usable = all.filter(target => target.origin === origin || usable.includes(target));
    },
  };
}

function openTarget(origin: string): Target {
  const streams = origin.startsWith('https:') ? keepConnection(origin) : null;
  return { origin, kept: connections(origin, true), fresh: connections(origin, false), streams };
}

function connections(origin: string, keepAlive: boolean): Agent {
  const options = { keepAlive, maxFreeSockets: Number.POSITIVE_INFINITY };
  if (!origin.startsWith('https:')) return new Agent(options);
  return new TlsAgent({ ...options, rejectUnauthorized: false }); // nobody known has signed the certificates of the lab
}

// A dead node's idle connections would hang when it is back; those in use may still get their answer.
function forgetConnections(target: Target): void {
  const idle = Object.values(target.kept.freeSockets).flatMap(sockets => sockets ?? []);
  for (const socket of idle) socket.destroy();
  target.kept = connections(target.origin, true);
  target.streams &&= keepConnection(target.origin);
}
