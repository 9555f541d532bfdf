import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { limited } from '@motorpool/service/admission.ts';
import { createService, type Route, type Service, type ServiceBase } from '@motorpool/service/service.ts';
import type { Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { measureCertificates } from './certificate.ts';
import { measureMembers } from './database/measure-members.ts';
import type { Parts } from './draw/draw.ts';
import { drawRoutes } from './draw/routes.ts';
import { fleetRoutes } from './fleet/routes.ts';
import { describeApi } from './openapi/openapi.ts';
import { createPages, type Pages } from './pages.ts';
import { peopleRoutes } from './people/routes.ts';
import { checkReadiness } from './ready.ts';
import type { Service1Settings } from './settings.ts';

/** What service 1 has before its routes. */
export type Service1Base = ServiceBase & { settings: Service1Settings };

/** Service 1: the page. It draws from its parts, and keeps the people. */
export function createApp(base: Service1Base, parts: Parts): Service {
  const pages = createPages({ instance: base.settings.INSTANCE, version: base.settings.VERSION });
  measureCertificates(base.metrics, base.settings.NGINX_URL);
  measureMembers(base.metrics, parts.people);
  const people = peopleRoutes(parts, pages);
  const routes = [
    // Apart, for adding people waits for the disk. Services 2 to 4 get no more calls than come through here.
    ...limited('draws', base, pages.problem, drawRoutes(base, parts, pages)),
    ...limited('people', base, pages.problem, people.filter(isReading)),
    ...limited(
      'adding',
      base,
      pages.problem,
      people.filter(route => !isReading(route)),
    ),
    ...fleetRoutes(base, parts.people, pages),
    ...otherRoutes(parts, pages, JSON.stringify(describeApi(base.settings.VERSION))),
  ];
  return createService(base, routes, { page: pages.problem, before: [securityHeaders] });
}

function isReading([method]: Route): boolean {
  return method === 'get';
}

function otherRoutes(parts: Parts, { css, cssHash, favicon }: Pages, description: string): Route[] {
  return [
    ['get', '/ready', ready],
    ['get', '/style.css', sendStyle],
    ['get', '/favicon.svg', sendFavicon],
    ['get', '/openapi.json', sendDescription],
  ];

  async function ready(_request: Request, response: Response): Promise<void> {
    const readiness = await checkReadiness(parts);
    if (!readiness.ready) response.set('Retry-After', '1');
    response
      .status(readiness.ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json(readiness);
  }

  function sendStyle(request: Request, response: Response): void {
    // During an update a page of the new version may ask a replica of the old one: that answer must not be kept.
    const isOurs = request.query.v === cssHash;
    response
      .set('Cache-Control', isOurs ? 'public, max-age=31536000, immutable' : 'no-cache')
      .type('css')
      .send(css);
  }

  function sendFavicon(_request: Request, response: Response): void {
    response.set('Cache-Control', 'public, max-age=86400').type('svg').send(favicon);
  }

  function sendDescription(_request: Request, response: Response): void {
    response.set('Cache-Control', 'public, max-age=60').type('json').send(description);
  }
}

const helmetHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // With no-referrer a browser would send `Origin: null` with our own form.
  referrerPolicy: { policy: 'same-origin' },
  strictTransportSecurity: false, // NGINX says it, where it is set
});

const securityHeaders = fixedHeaders();

// They are the same in every response; helmet itself reckons each anew, in a dozen handlers.
function fixedHeaders(): RequestHandler {
  const sample = new ServerResponse(new IncomingMessage(new Socket()));
  helmetHeaders(sample.req, sample, () => {});
  const headers = Object.entries(sample.getHeaders());
  return (_request, response, next) => {
    for (const [name, value = ''] of headers) response.setHeader(name, value);
    next();
  };
}
