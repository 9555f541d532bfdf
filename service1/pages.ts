import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { capitalised } from '@motorpool/service/capitalised.ts';
import type { Problem } from '@motorpool/service/errors.ts';
import ejs from 'ejs';
import { articleOf, type Draw } from './draw/draw.ts';
import { ageOf, type Board } from './fleet/board.ts';
import type { Person } from './people/people.ts';

/** The form that adds a person, as it was sent and with what is wrong with it. */
export type PersonForm = { name: string; error: string | null };

/** The pages of service 1. Each gives HTML; templates and drawings are read once, at start. */
export type Pages = ReturnType<typeof createPages>;

/** Compiles the pages; `service` is who answers, for the footer. */
export function createPages(service: { instance: string; version: string }) {
  const css = readFileSync(new URL('public/style.css', import.meta.url));
  const cssHash = createHash('sha256').update(css).digest('hex').slice(0, 12);
  const favicon = readFileSync(new URL('public/favicon.svg', import.meta.url));
  const silhouettes = readSilhouettes();
  const stylesheet = `/style.css?v=${cssHash}`;

  function page<Locals extends object>(
    view: string,
  ): (locals: Locals & { requestId: string | null; title: string }) => string {
    const render = ejs.compile(readView(view), { strict: true, localsName: 'page', compileDebug: false });
    return locals => render({ service, stylesheet, ...locals });
  }

  const draw = page<{
    draw: Draw;
    article: string;
    silhouette: string | null;
    permalink: string | null;
    failures: { part: string; sentence: string }[];
  }>('draw');
  const people = page<{ people: Person[]; next: string | null; first: boolean; form: PersonForm }>('people');
  const person = page<{ person: Person; drawPath: string | null }>('person');
  const fleet = page<{ board: Board; sampledAt: Date; note: string; ageOf: typeof ageOf }>('fleet');
  const error = page<{ status: number; detail: string; advice: string | null }>('error');

  return {
    /** The stylesheet, and the hash of it that its address carries. */
    css,
    cssHash,
    favicon,

    draw(shown: Draw, permalink: string | null): string {
      const { requestId } = shown.receipt;
      const title = shown.sentence ?? 'Something we need does not answer';
      return draw({
        draw: shown,
        article: articleOf(shown.colour),
        failures: shown.failures.map(({ part, message }) => ({ part, sentence: capitalised(message) })),
        permalink,
        silhouette: drawingOf(shown.car),
        requestId,
        title,
      });
    },

    people(list: Person[], next: string | null, first: boolean, form: PersonForm, requestId: string): string {
      return people({ people: list, next, first, form, requestId, title: 'People' });
    },

    person(shown: Person, drawPath: string | null, requestId: string): string {
      return person({ person: shown, drawPath, requestId, title: shown.name });
    },

    /** It is the same for all who look, so it names no request. */
    fleet(board: Board, sampledAt: Date, note: string): string {
      return fleet({ board, sampledAt, note, ageOf, requestId: null, title: 'Fleet' });
    },

    problem({ status, title, detail }: Problem, requestId: string): string {
      return error({ status, title, detail, advice: adviceFor(status), requestId });
    },
  };

  function drawingOf(car: string | null): string | null {
    return car === null ? null : (silhouettes.get(car) ?? silhouettes.get('unknown') ?? null);
  }
}

/** A template with its partials put in, each in a scope of its own; EJS itself would look for their files every time. */
function readView(view: string): string {
  const template = readFileSync(new URL(`views/${view}.ejs`, import.meta.url), 'utf8');
  return template.replace(
    /<%- include\('(.+)'\) %>/g,
    (_include, partial: string) => `<% { -%>\n${readView(partial)}<% } %>`,
  );
}

function readSilhouettes(): Map<string, string> {
  const folder = new URL('silhouettes/', import.meta.url);
  const files = readdirSync(folder).filter(file => file.endsWith('.svg'));
  return new Map(files.map(file => [basename(file, '.svg'), readFileSync(new URL(file, folder), 'utf8')]));
}

function adviceFor(status: number): string | null {
  if (status >= 500) return 'Try again in a moment.';
  return status === 404 ? 'Check the address, or start from the beginning.' : null;
}
