import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { checkDescribed } from './described.ts';

/** An answer as it came over the wire. */
export type Answer = { status: number; headers: IncomingHttpHeaders; body: string };

type Options = {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  /** The address to send from, such as 127.0.0.9. */
  from?: string;
};

/**
 * Sends one request on a connection of its own, its path and headers as they are; `fetch` would mend them. Throws if
 * service 1 answers otherwise than openapi.json says.
 */
export async function send(origin: string, path: string, options: Options = {}): Promise<Answer> {
  const { method = 'GET', headers, body, from } = options;
  const outgoing = request(origin, { path, method, headers, localAddress: from, agent: false });
  outgoing.end(body);
  const [incoming]: [IncomingMessage] = (await once(outgoing, 'response')) as [IncomingMessage];
  const answer = { status: incoming.statusCode ?? 0, headers: incoming.headers, body: await text(incoming) };
  checkDescribed(Number(new URL(origin).port), { method, path, ...answer });
  return answer;
}
