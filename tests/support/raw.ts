import { connect } from 'node:net';

/** An answer as bytes say it; status 0 if the connection was closed without one. */
export type RawAnswer = { status: number; head: string; body: string };

/**
 * Sends a text as it is and gives all that comes back until the server closes. A request that promises more than it
 * holds ends with the connection, as does one with `thenClose`. Throws if nothing happens for 5 s.
 */
export async function sendRaw(
  port: number,
  request: string,
  { thenClose = isUnfinished(request) } = {},
): Promise<RawAnswer> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on('data', chunk => chunks.push(chunk));
  socket.write(request);
  if (thenClose) socket.end();
  await new Promise<void>((resolve, reject) => {
    socket.setTimeout(5000, () => reject(new Error('No answer within 5 s.')));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      // What is refused unread, such as headers that are too long, may end so.
      ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') ? resolve() : reject(error),
    );
    socket.once('end', resolve);
  });
  socket.destroy();
  return parse(Buffer.concat(chunks).toString());
}

/** Whether a request may promise more than it holds. */
export function isUnfinished(request: string): boolean {
  return /^(content-length: 99999|transfer-encoding)/im.test(request);
}

function parse(text: string): RawAnswer {
  const answer = text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body: rest.join('\r\n\r\n') };
}
