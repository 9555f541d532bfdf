import { answer, formOf } from '@motorpool/service/answer.ts';
import { readForm, readJson } from '@motorpool/service/body.ts';
import { badRequest, notFound, ServiceError, unavailable } from '@motorpool/service/errors.ts';
import type { Route } from '@motorpool/service/service.ts';
import type { Request, Response } from 'express';
import { DatabaseError } from '../database/database.ts';
import type { Parts } from '../draw/draw.ts';
import type { Pages, PersonForm } from '../pages.ts';
import { idOf } from './id.ts';
import { checkName } from './name.ts';
import { refuseForeignOrigin } from './origin.ts';
import { patienceMs } from './people.ts';

/** The routes of the people: a page of them, one of them, and adding one. */
export function peopleRoutes({ people, remotes }: Parts, pages: Pages): Route[] {
  return [
    ['get', '/people', list],
    ['post', '/people', readForm, readJson, add],
    ['get', '/people/:id', show],
  ];

  async function list(request: Request, response: Response): Promise<void> {
    const { before } = request.query;
    const page = await inDatabase(people.page(before === undefined ? undefined : beforeOf(before)));
    const next = nextPath(page.next);
    const form = { name: '', error: null };
    response.setHeader('Cache-Control', 'no-store');
    answer(request, response, {
      html: () => pages.people(page.people, next, before === undefined, form, idIn(response)),
      json: () => ({ people: page.people, next }),
    });
  }

  async function add(request: Request, response: Response): Promise<void> {
    refuseForeignOrigin(request.get('Origin'), request.get('Host'));
    const isForm = Boolean(request.is('urlencoded'));
    if (!isForm && !request.is('json')) throw unsupportedMediaType();
    const { name, error } = checkName(request.body?.name);
    if (error !== null)
      return isForm && formOf(request, ['html', 'json']) === 'html'
        ? refill({ name, error }, response)
        : refuse(error);
    const person = await inDatabase(
      people.add(name),
      ' Look at /people before you send it again: it may have been added.',
    );
    response.location(`/people/${person.id}`);
    if (isForm) response.status(303).end();
    else response.status(201).json(person);
  }

  async function refill(form: PersonForm, response: Response): Promise<void> {
    const page = await inDatabase(people.page());
    response.status(422).set({ Vary: 'Accept', 'Cache-Control': 'no-store' });
    response.send(pages.people(page.people, nextPath(page.next), true, form, idIn(response)));
  }

  async function show(request: Request, response: Response): Promise<void> {
    const id = idOf(request.params.id);
    const isPage = formOf(request, ['html', 'json']) === 'html';
    const [{ value: person }, car] = await Promise.all([
      inDatabase(people.withId(id)),
      isPage ? remotes.car(performance.now() + patienceMs).catch(() => null) : null,
    ]);
    if (!person) throw notFound(`There is no person ${id}. The list of people is at /people.`);
    const drawPath = car && `/draws/${id}/${encodeURIComponent(car.value)}`;
    response.setHeader('Cache-Control', 'no-store');
    answer(request, response, {
      html: () => pages.person(person, drawPath, idIn(response)),
      json: () => person,
    });
  }
}

function refuse(error: string): never {
  throw new ServiceError({ status: 422, title: 'This cannot be a name', detail: error });
}

function unsupportedMediaType(): ServiceError {
  return new ServiceError({
    status: 415,
    title: 'This form of data is not understood',
    detail: 'Send a form, or JSON like {"name": "Amelia"} with Content-Type: application/json.',
  });
}

function beforeOf(before: unknown): number {
  if (typeof before === 'string' && /^[1-9]\d{0,14}$/.test(before)) return Number(before);
  throw badRequest('Expected `before` to be the id of a person. Start at /people and follow the links.');
}

function nextPath(next: number | null): string | null {
  return next === null ? null : `/people?before=${next}`;
}

function idIn(response: Response): string {
  return response.get('X-Request-Id') ?? '';
}

async function inDatabase<Value>(work: Promise<Value>, advice = ' Try again in a moment.'): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    throw unavailable(
      `The database did not answer.${advice}`,
      { failures: [{ part: 'database', message: 'the database did not answer' }] },
      error,
    );
  }
}
