import type { Server, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** The longest that a request may take to arrive, in milliseconds. */
export const requestMs = 10_000;
const headMs = 2000;
const closingMs = 2000;

/**
 * Gives the way to stop a server: it serves on for `drainMs`, so that proxies learn that this instance goes, lets nobody
 * new in, and ends as soon as every request under way is answered, after ten seconds at most. Silence and half a head
 * are no request: after two seconds they hold nothing up. Then it closes the rest, for two seconds at most.
 */
export function stopper(server: Server, close?: () => Promise<void>): (drainMs: number) => Promise<void> {
  const underWay = new Set<ServerResponse>();
  server.prependListener('request', (_request, response) => {
    underWay.add(response);
    response.once('close', () => underWay.delete(response));
  });
  return async drainMs => {
    server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
    await pause(drainMs);
    await lastAnswers(server, underWay);
    server.closeAllConnections();
    await Promise.race([close?.(), pause(closingMs, undefined, { ref: false })]);
  };
}

/** `server.close` alone waits for the keep-alive of a busy connection, and for ever for one that is silent. */
async function lastAnswers(server: Server, underWay: Set<ServerResponse>): Promise<void> {
  let isClosed = false;
  server.close(() => {
    isClosed = true;
  });
  const closedAt = performance.now();
  const isWanted = (milliseconds: number) =>
    milliseconds < headMs || (underWay.size > 0 && milliseconds < requestMs);
  while (!isClosed && isWanted(performance.now() - closedAt)) {
    await pause(50);
    server.closeIdleConnections();
  }
}
