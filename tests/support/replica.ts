import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { endWithTests } from './ending.ts';

/** A stand-in for a replica of service 1, in the test's own process. */
export type Replica = {
  address: string;
  port: number;
  /** The requests that it got, but for those to /health. */
  requests: IncomingMessage[];
  /** The connections that it was ever given. */
  connections: Socket[];
  stop(): Promise<void>;
};

/** Starts a stand-in that answers /health with 200, and all else by `answer`. */
export async function startReplica(address: string, port: number, answer: RequestListener): Promise<Replica> {
  const requests: IncomingMessage[] = [];
  const connections: Socket[] = [];
  const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
    if (request.url === '/health') return void response.end('ok');
    requests.push(request);
    answer(request, response);
  });
  server.on('connection', connection => connections.push(connection));
  server.listen(port, address);
  await once(server, 'listening');
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  const actualPort = (server.address() as AddressInfo).port;
  return {
    address,
    port: actualPort,
    requests,
    connections,
    stop: endWithTests({ stop: close, kill: close }),
  };
}
