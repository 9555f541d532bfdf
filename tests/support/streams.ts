import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from 'node:http2';
import { text } from 'node:stream/consumers';

/** An answer over HTTP/2. */
export type StreamAnswer = { status: number; headers: Record<string, unknown>; body: string };

/** A client that keeps an HTTP/2 connection and goes to the next of its origins when it is left by one. */
export type KeptClient = {
  /** Sends a request as a stream; throws if one that may have been accepted breaks, or if no origin takes it. */
  send(path: string, headers?: OutgoingHttpHeaders): Promise<StreamAnswer>;
  /** How many requests were sent again, for GOAWAY had left them undone or nobody was there. */
  resent(): number;
  close(): void;
};

/** The request was surely not worked on: HTTP/2 says so, or there was no connection to send it on. */
class LeftUndone extends Error {}

/** Opens such a client for origins like https://10.0.0.1:443, whoever their certificates are for. */
export function openClient(origins: string[]): KeptClient {
  let session: ClientHttp2Session | undefined;
  let connected: Promise<unknown> | undefined;
  let [turn, resent] = [0, 0];

  function open(): ClientHttp2Session {
    if (session && !session.closed && !session.destroyed) return session;
    session = connect(`${origins[turn % origins.length]}`, { rejectUnauthorized: false });
    session.on('error', () => {}); // its streams say it
    connected = once(session, 'connect');
    return session;
  }

  async function send(path: string, headers?: OutgoingHttpHeaders, triesLeft = 3 * origins.length) {
    const used = open();
    try {
      await connected?.catch(cause => {
        throw new LeftUndone('Nobody is there.', { cause });
      });
      return await sendStream(used, path, headers);
    } catch (error) {
      if (!(error instanceof LeftUndone) || triesLeft === 0) throw error;
      resent += 1;
      if (session === used) {
        session = undefined;
        turn += 1;
      }
      return send(path, headers, triesLeft - 1);
    }
  }

  return {
    send: (path, headers) => send(path, headers),
    resent: () => resent,
    close: () => session?.destroy(),
  };
}

async function sendStream(
  session: ClientHttp2Session,
  path: string,
  headers?: OutgoingHttpHeaders,
): Promise<StreamAnswer> {
  if (session.closed || session.destroyed) throw new LeftUndone('The connection was being closed.');
  const stream = session.request({ ':path': path, ...headers });
  try {
    const [received] = await once(stream, 'response');
    return { status: Number(received[':status']), headers: received, body: await text(stream) };
  } catch (cause) {
    if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM)
      throw new LeftUndone('It was refused.', { cause });
    throw cause;
  }
}
