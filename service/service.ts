import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import type { CommonSettings } from './common-settings.ts';
import { problemOf, ServiceError } from './errors.ts';
import { createLog, type Logger } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { observe } from './observe.ts';
import { type ProblemPage, sendProblem } from './problem.ts';
import { refuseUnreadable } from './unreadable.ts';

/** One line of a service's table of routes. */
export type Route = [method: 'get' | 'post', path: string, ...handlers: RequestHandler[]];

/** A service that is built but does not listen yet. */
export type Service = { name: string; app: Express; log: Logger; metrics: Metrics; settings: CommonSettings };

/** What a service has before its routes. */
export type ServiceBase = Omit<Service, 'app'>;

/** The log and the metrics of a service. */
export function createBase(name: string, settings: CommonSettings): ServiceBase {
  const { VERSION: version, NODE: node = '', SLOT: slot = '' } = settings;
  return {
    name,
    settings,
    log: createLog(name, settings),
    metrics: createMetrics(name, { version, node, slot }),
  };
}

/** What a service may have beyond its routes. */
export type ServiceOptions = {
  /** Renders a problem for browsers, which get a line of text without it. */
  page?: ProblemPage;
  /** Handlers that come before every route. */
  before?: RequestHandler[];
};

/**
 * Builds a service from its table of routes, and adds what every service has: /health, /metrics, request ids,
 * Server-Timing, log lines, 405 with Allow, 404, and the one place that answers errors.
 */
export function createService(base: ServiceBase, routes: Route[], options: ServiceOptions = {}): Service {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.use(observe(base), ...(options.before ?? []), refuseUnreadable);
  const table: Route[] = [...routes, ['get', '/health', health(base)], ['get', '/metrics', metrics(base)]];
  for (const [method, path, ...handlers] of table) app[method](path, ...handlers);
  for (const [path, methods] of methodsByPath(table)) app.route(path).all(methodNotAllowed(methods));
  app.use((request: Request) => {
    throw nothingAt(request);
  });
  app.use(answerError(base.log, options.page));
  return { ...base, app };
}

function health({ name, settings }: ServiceBase): RequestHandler {
  const { INSTANCE: instance, VERSION: version, REVISION: revision, NODE: node } = settings;
  const report = { status: 'ok', service: name, instance, version, revision, node };
  return (_request, response) => void response.set('Cache-Control', 'no-store').json(report);
}

function metrics({ metrics: { registry }, settings }: ServiceBase): RequestHandler {
  return async (request, response) => {
    const isHere = /^(::1$|(::ffff:)?127\.)/.test(request.socket.localAddress ?? '');
    if (settings.METRICS === 'loopback' && !isHere) throw nothingAt(request);
    response.type(registry.contentType).send(await registry.metrics());
  };
}

function nothingAt({ path }: Request): ServiceError {
  return new ServiceError({ status: 404, title: 'Not found', detail: `There is nothing at ${path}.` });
}

function methodsByPath(table: Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const [method, path] of table) {
    const verbs = method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()];
    methods.set(path, [...(methods.get(path) ?? []), ...verbs]);
  }
  return methods;
}

function methodNotAllowed(methods: string[]): RequestHandler {
  const allow = methods.join(', ');
  return request => {
    throw new ServiceError({
      status: 405,
      title: 'Method not allowed',
      detail: `${request.method} is not possible here; possible is ${allow}.`,
      headers: { Allow: allow },
    });
  };
}

function answerError(log: Logger, page: ProblemPage | undefined): ErrorRequestHandler {
  return (error: unknown, request: Request, response: Response, next) => {
    const problem = problemOf(error);
    if ([500, 503].includes(problem.status)) log.error({ err: error, path: request.path }, problem.detail);
    if (response.headersSent) return next(error);
    sendProblem(request, response, problem, page);
  };
}
