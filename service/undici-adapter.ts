import { connect } from 'node:net';
import { type AxiosAdapter, AxiosHeaders, type AxiosResponse } from 'axios';
import { type buildConnector, type Dispatcher, Pool } from 'undici';
import { requestContext } from './context.ts';
import { within } from './time-limit.ts';

/** Lets axios send to one address, until it is closed. */
export type Sender = { adapter: AxiosAdapter; close(): Promise<void> };

const connectMs = 300;
// More than a replica can answer at a time; if one hangs, all else waits here, where it costs no socket.
const mostConnections = 128;

/**
 * Lets axios send over undici's connections, which costs a third of node:http's agent. It asks for JSON, for the `host`
 * that names the service, with the id of the request and its place in a trace; it gives text, whatever the status, and of the headers those that
 * say who answered. A call ends at its `timeout` (ms), whatever the socket does, with a TooLate.
 */
export function undiciSender(address: string, port: number, host: string): Sender {
  const pool = new Pool(`http://${address}:${port}`, {
    connect: connectInTime,
    connections: mostConnections,
    keepAliveTimeout: 30_000,
    headersTimeout: 0, // the call's own time limit ends them
    bodyTimeout: 0,
    maxResponseSize: 65_536,
  });
  return { adapter, close: () => pool.close() };

  function adapter(config: Parameters<AxiosAdapter>[0]): Promise<AxiosResponse<string>> {
    let controller: Dispatcher.DispatchController | undefined;
    let isLate = false;
    const answered = new Promise<AxiosResponse<string>>((resolve, reject) => {
      const chunks: Buffer[] = [];
      const headers = new AxiosHeaders();
      const response = { status: 0, statusText: '', headers, config };
      const { requestId, trace } = requestContext.getStore() ?? {};
      const sent = ['host', host, 'accept', 'application/json'];
      if (requestId) sent.push('x-request-id', requestId);
      if (trace) sent.push(...Object.entries(trace).flat());
      pool.dispatch(
        { method: 'GET', path: config.url ?? '/', headers: sent },
        // undici's own `request` would make a stream of every small body.
        {
          onRequestStart(started) {
            controller = started;
            if (isLate) started.abort(new Error('late'));
          },
          onResponseStart(_controller, status, { 'x-instance': instance, 'x-version': version }) {
            response.status = status;
            // AxiosHeaders' own `set` would parse them.
            Object.assign(headers, { 'x-instance': instance, 'x-version': version });
          },
          onResponseData: (_controller, chunk) => void chunks.push(chunk),
          onResponseEnd: () => resolve({ ...response, data: Buffer.concat(chunks).toString() }),
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
    return within(config.timeout ?? 0, answered, () => {
      isLate = true;
      controller?.abort(new Error('late'));
    });
  }
}

/** Connects, or fails after 300 ms; undici's own time-out looks at the clock every 499 ms only. */
function connectInTime({ hostname, port }: buildConnector.Options, callback: buildConnector.Callback): void {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  socket.setTimeout(connectMs, () => socket.destroy(new Error('Nobody accepted the connection in time.')));
  socket.once('connect', () => {
    socket.setTimeout(0).off('error', fail);
    callback(null, socket);
  });
  socket.once('error', fail);

  function fail(error: Error): void {
    callback(error, null);
  }
}
