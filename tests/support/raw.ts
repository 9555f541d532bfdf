import type { IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { checkDescribed } from './described.ts';

/** An answer as bytes say it; status 0 if the connection was closed without one. */
export type RawAnswer = { status: number; head: string; body: string };

/**
 * Sends a text as it is and gives all that comes back until the server closes. A request that promises more than it
 * holds ends with the connection, as does one with `thenClose`. Throws if nothing happens for 8 s, or if service 1 answers
 * otherwise than openapi.json says.
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
  const isWhole = await new Promise<boolean>((resolve, reject) => {
    socket.setTimeout(8000, () => reject(new Error('No answer within 8 s.')));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      // What is refused unread, such as headers that are too long, may end so.
      ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') ? resolve(false) : reject(error),
    );
    socket.once('end', () => resolve(true));
  });
  socket.destroy();
  const answer = parse(Buffer.concat(chunks).toString());
  const [, method = '', path = ''] = /^(\S+) (\S+) HTTP\/1/.exec(request) ?? [];
  if (isWhole && answer.status !== 0)
    checkDescribed(port, { method, path, ...answer, headers: headersIn(answer.head) });
  return answer;
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

function headersIn(head: string): IncomingHttpHeaders {
  const lines = head.split('\r\n').slice(1);
  const named = Map.groupBy(lines, line => line.slice(0, line.indexOf(':')).toLowerCase());
  return Object.fromEntries(
    [...named].map(([name, all]) => [name, all.map(line => line.slice(name.length + 1).trim()).join(', ')]),
  );
}
