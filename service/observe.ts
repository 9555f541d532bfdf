import { METHODS } from 'node:http';
import type { RequestHandler, Response } from 'express';
import { type RequestContext, requestContext } from './context.ts';
import { toHeader } from './header-text.ts';
import { requestIdOf } from './request-id.ts';
import { rounded } from './rounded.ts';
import type { ServiceBase } from './service.ts';
import { traceOf, tracing } from './trace.ts';

/**
 * Gives every request its context, and every response its X-Request-Id, Server-Timing and the name and version of
 * who answered; writes one log line and one observation when the response is done.
 */
export function observe({ log, metrics, settings }: ServiceBase): RequestHandler {
  const [instance, version] = [toHeader(settings.INSTANCE), toHeader(settings.VERSION)];
  return (request, response, next) => {
    const began = performance.now();
    const requestId = requestIdOf(request.get('X-Request-Id'));
    const method = METHODS.includes(request.method) ? request.method : 'other';
    const came = traceOf(request.headers);
    const isLook = /^\/(health|metrics)$/.test(request.path); // of whoever watches, and no work
    const span = (isLook ? null : tracing.tracer)?.begin(method, 'SERVER', came, {
      'http.request.method': method,
      'url.scheme': 'http',
      'url.path': request.path,
      'http.request.header.x-request-id': [requestId],
    });
    const context: RequestContext = { requestId, trace: span?.trace ?? came, timings: [] };
    response.setHeader('X-Request-Id', requestId);
    response.setHeader('X-Instance', instance);
    response.setHeader('X-Version', version);
    beforeHead(response, () =>
      response.setHeader('Server-Timing', serverTiming(context, performance.now() - began)),
    );
    requestContext.run(context, () => {
      response.once('close', () => {
        const milliseconds = rounded(performance.now() - began);
        const route: string = request.route?.path ?? 'none';
        const status = response.writableFinished ? response.statusCode : 499;
        span?.end(
          { 'http.route': route, 'http.response.status_code': status },
          status >= 500 ? `status ${status}` : '',
          `${method} ${route}`,
        );
        metrics.requests.observe({ method, route, status }, milliseconds / 1000);
        log.info(
          {
            requestId,
            method: request.method,
            path: request.path,
            route,
            status,
            milliseconds,
          },
          'request',
        );
      });
      next();
    });
  };
}

/** Does something just before the head of a response is written, when all that it depends on is known. */
function beforeHead(response: Response, work: () => void): void {
  const { writeHead } = response;
  response.writeHead = (...head: unknown[]) => {
    work();
    return Reflect.apply(writeHead, response, head);
  };
}

// https://www.w3.org/TR/server-timing/
function serverTiming({ timings }: RequestContext, total: number): string {
  return [...timings, ['total', total] as const].map(([name, ms]) => `${name};dur=${rounded(ms)}`).join(', ');
}
