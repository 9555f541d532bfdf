import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { text } from 'node:stream/consumers';

/** An answer over HTTP/2. */
export type StreamAnswer = { status: number; headers: IncomingHttpHeaders; body: string };

/** A client that keeps an HTTP/2 connection and goes to the next of its origins when it is left by one. */
export type KeptClient = {
  /** Sends a request as a stream; throws if one that may have been accepted breaks, or if no origin takes it. */
  send(path: string, headers?: OutgoingHttpHeaders): Promise<StreamAnswer>;
  /** How many requests were sent again, for GOAWAY had left them undone or nobody was there. */
  resent(): number;
  close(): void;
};

const connectMs = 2500;
const patienceMs = 10_000;

/** The request was surely not worked on: HTTP/2 says so, or there was no connection to send it on. */
export class LeftUndone extends Error {}

/** Opens such a client for origins like https://10.0.0.1:443, whoever their certificates are for. */
export function openClient(origins: string[]): KeptClient {
  const open = (turn: number) => keepConnection(`${origins[turn % origins.length]}`);
  let [turn, resent, kept] = [0, 0, open(0)];

  async function send(
    path: string,
    headers?: OutgoingHttpHeaders,
    triesLeft = 3 * origins.length,
  ): Promise<StreamAnswer> {
    const used = kept;
    try {
      return await used.send({ ':path': path, ...headers });
    } catch (error) {
      if (!(error instanceof LeftUndone) || triesLeft === 0) throw error;
      resent += 1;
      if (kept === used) {
        turn += 1;
        kept = open(turn);
      }
      return send(path, headers, triesLeft - 1);
    }
  }

  return {
    send: (path, headers) => send(path, headers),
    resent: () => resent,
    close: () => kept.close(),
  };
}

/** A connection to one origin, made when it is needed, and anew when it was left. */
export function keepConnection(origin: string) {
  let session: ClientHttp2Session | undefined;
  let connected: Promise<unknown> | undefined;

  function open(): ClientHttp2Session {
    if (session && !session.closed && !session.destroyed) return session;
    session = connect(origin, { rejectUnauthorized: false });
    session.on('error', () => {}); // its streams say it
    connected = once(session, 'connect', { signal: AbortSignal.timeout(connectMs) });
    return session;
  }

  return {
    /** Sends a request as a stream. Throws LeftUndone where it may be sent again, and else what it broke with. */
    async send(
      headers: OutgoingHttpHeaders,
      body = '',
      signal = AbortSignal.timeout(patienceMs),
    ): Promise<StreamAnswer> {
      const used = open();
      await connected?.catch(cause => {
        used.destroy();
        throw new LeftUndone('Nobody is there.', { cause });
      });
      if (used.closed || used.destroyed) throw new LeftUndone('The connection was being closed.');
      return answerOf(used.request(headers, { signal }), body);
    },
    close: () => session?.destroy(),
  };
}

async function answerOf(stream: ClientHttp2Stream, body: string): Promise<StreamAnswer> {
  stream.on('error', () => {}); // also one that comes when nobody waits any more
  try {
    if (body) stream.end(body); // a GET has ended already
    const [headers] = await Promise.race(['response', 'close'].map(event => once(stream, event)));
    if (!headers) throw new Error('The stream was closed without an answer.');
    return { status: Number(headers[':status']), headers, body: await text(stream) };
  } catch (cause) {
    if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM)
      throw new LeftUndone('It was refused.', { cause });
    throw cause;
  }
}
