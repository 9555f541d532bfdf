import { createServer, type Server } from 'node:http';
import type { Request, Response } from 'express';
import type { Service } from './service.ts';
import { requestMs } from './stop.ts';
import { answerUnreadable } from './unreadable.ts';

/** The server of a service, which does not listen yet: its limits, and what it answers to what is no request. */
export function createHttpServer({ app, log, settings }: Service): Server {
  const server = createServer(
    {
      keepAliveTimeout: settings.KEEP_ALIVE_MS,
      headersTimeout: 5000,
      requestTimeout: requestMs,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: 20 * 1024, // more than NGINX lets pass, with what it adds
      requireHostHeader: false, // or an answer without a body
      joinDuplicateHeaders: true, // so that a second Host is seen
    },
    // Where an answer was begun already, Express' own last word would be a stack that is no line of the log.
    (request, response) =>
      app(request as Request, response as Response, (error: unknown) => {
        log.warn({ err: error }, 'failed after its answer');
        request.socket.destroy();
      }),
  );
  answerUnreadable(server);
  // Who has sent all and waits for the answer may close its side.
  return Object.assign(server, { httpAllowHalfOpen: true });
}
