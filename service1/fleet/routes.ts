import { isIPv6 } from 'node:net';
import { busy } from '@motorpool/service/admission.ts';
import { answer } from '@motorpool/service/answer.ts';
import { sendProblem } from '@motorpool/service/problem.ts';
import type { Route } from '@motorpool/service/service.ts';
import type { Request, Response } from 'express';
import type { Service1Base } from '../app.ts';
import type { Pages } from '../pages.ts';
import type { People } from '../people/people.ts';
import type { Service1Settings } from '../settings.ts';
import { askNginx, askReplica } from './ask.ts';
import { boardOf, countsOf } from './board.ts';
import { noFigures } from './figures.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { refuseUnnamed } from './lookers.ts';
import { type Place, placeOf, tasksOf } from './place.ts';
import type { Replica } from './replica.ts';

const renewedAfterSeconds = '2';
const note =
  'What is wanted is what the deploy asked for; scaling by hand is not seen. Figures are those since the look before; a dash or null is what is not known.';

/** The route that shows who serves, to those whom FLEET_FOR names. */
export function fleetRoutes({ settings, metrics }: Service1Base, people: People, pages: Pages): Route[] {
  const { FLEET_FOR: ranges, FLEET_WANTED: wanted, NGINX_URL: nginx } = settings;
  const fleet = createFleet(placesOf(settings), deadline => databaseOf(people, deadline));
  let shown: { fleet: Fleet; html: string } | undefined;
  return [['get', '/fleet', show]];

  async function show(request: Request, response: Response): Promise<void> {
    response.setHeader('Cache-Control', 'no-store');
    await refuseUnnamed(request, ranges, async () => (nginx ? tasksOf(nginx.hostname) : []));
    const seen = await fleet.look();
    // In place of a meta element, so that whoever is refused for a moment comes back as well.
    const renew = () =>
      request.query.still === undefined && response.setHeader('Refresh', renewedAfterSeconds);
    if (!seen) {
      renew();
      metrics.refused.inc({ kind: 'fleet' });
      return sendProblem(request, response, busy, pages.problem);
    }
    answer(request, response, {
      html: () => {
        renew();
        return pageOf(seen);
      },
      json: () => ({ ...seen, services: countsOf(seen, wanted), note }),
    });
  }

  /** Rendered once for all who look. */
  function pageOf(seen: Fleet): string {
    if (shown?.fleet !== seen)
      shown = { fleet: seen, html: pages.fleet(boardOf(seen, wanted), seen.sampledAt, note) };
    return shown.html;
  }
}

function placesOf(settings: Service1Settings): Place[] {
  const { NGINX_URL, SERVICE1_URL, SERVICE2_URL, SERVICE3_URL, SERVICE4_URL, HOST, PORT } = settings;
  const itself = new URL(`http://${isIPv6(HOST ?? '') ? `[${HOST}]` : (HOST ?? 'localhost')}:${PORT}`);
  return [
    ...(NGINX_URL ? [placeOf('nginx', NGINX_URL, askNginx)] : []),
    placeOf('service1', SERVICE1_URL ?? itself, askReplica),
    placeOf('service2', SERVICE2_URL, askReplica),
    placeOf('service3', SERVICE3_URL, askReplica),
    placeOf('service4', SERVICE4_URL, askReplica),
  ];
}

async function databaseOf(people: People, deadline: number): Promise<Replica[]> {
  const members = await people.members(deadline);
  return members.map(({ isUp, ...who }) => ({
    ...{ service: 'database', node: null, ...who },
    ...{ state: isUp ? 'serving' : 'silent', upSeconds: null, ...noFigures },
  }));
}
