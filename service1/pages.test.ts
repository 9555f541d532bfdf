import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Draw } from './draw/draw.ts';
import { PartError } from './draw/receipt.ts';
import { createPages } from './pages.ts';

const pages = createPages({ instance: 'one', version: '1.2.3' });
const evil = `<script>alert("1")</script>'&`;
const { cars }: { cars: string[] } = JSON.parse(
  readFileSync(new URL('../service3/cars.json', import.meta.url), 'utf8'),
);

function drawn(changes: Partial<Draw> = {}): Draw {
  const step = { instance: 'two', version: '1.2.3', startedAt: 0, milliseconds: 1.5, error: null };
  return {
    person: { id: 7, name: 'Amelia' },
    car: 'hatchback',
    colour: { name: 'amber', hex: '#ffbf00' },
    sentence: 'Amelia drives an amber hatchback.',
    receipt: { requestId: 'id-of-this-request', steps: { service2: step } },
    failures: [],
    ...changes,
  };
}

/** The path data of the drawing of a car. */
function drawingOf(car: string): string {
  const svg = readFileSync(new URL(`silhouettes/${car}.svg`, import.meta.url), 'utf8');
  return svg.slice(svg.indexOf(' d="'), svg.indexOf(' d="') + 40);
}

describe('When a page is rendered', () => {
  const all: [string, (text: string) => string][] = [
    [
      'a draw',
      text =>
        pages.draw(
          drawn({
            person: { id: 7, name: text },
            car: text,
            colour: { name: text, hex: text },
            sentence: `${text} drives a ${text}`,
            receipt: {
              requestId: text,
              steps: {
                service2: { instance: text, version: text, startedAt: 0, milliseconds: 1, error: null },
              },
            },
          }),
          text,
        ),
    ],
    [
      'the people',
      text => pages.people([{ id: 7, name: text }], text, false, { name: text, error: text }, text),
    ],
    ['a person', text => pages.person({ id: 7, name: text }, text, text)],
    ['a problem', text => pages.problem({ status: 404, title: text, detail: text }, text)],
    [
      'the footer',
      text => createPages({ instance: text, version: text }).person({ id: 7, name: 'Ann' }, null, ''),
    ],
  ];

  test.each(all)('what comes from outside is no HTML in %s', (_what, render) => {
    const html = render(evil);
    expect(html).toContain('&lt;script&gt;alert(');
    expect(html).not.toContain('<script');
    expect(html).not.toContain('"1"');
  });

  test.each(all)('there is no script, style or handler of an event inside %s', (_what, render) => {
    expect(render('Amelia')).not.toMatch(/<script|<style|\sstyle=|\son\w+=/i);
  });

  test.each(all)(
    '%s has a language, a title, one heading of the first level and the stylesheet',
    (_what, render) => {
      const html = render('Amelia');
      expect(html).toMatch(/^<!doctype html>\s*<html lang="en">/);
      expect(html).toMatch(/<title>[^<]+ · Motorpool<\/title>/);
      expect(html.match(/<h1/g)).toHaveLength(1);
      expect(html).toContain(`href="/style.css?v=${pages.cssHash}"`);
    },
  );
});

describe('When a draw is shown', () => {
  test.each(cars)('the %s has a drawing of its own', car => {
    expect(pages.draw(drawn({ car }), null)).toContain(drawingOf(car));
    expect(cars.filter(other => drawingOf(other) === drawingOf(car))).toEqual([car]);
  });

  test('a type that nobody has drawn has the drawing of an unknown one', () => {
    for (const car of ['hovercraft', '../favicon', 'constructor']) {
      expect(pages.draw(drawn({ car }), null)).toContain(drawingOf('unknown'));
    }
  });

  test('it shows the colour, the receipt, the request id and who served it', () => {
    const html = pages.draw(drawn(), '/draws/7/hatchback');
    for (const part of [
      '#ffbf00',
      'two',
      '1.5 ms',
      'id-of-this-request',
      'one',
      'href="/draws/7/hatchback"',
    ]) {
      expect(html).toContain(part);
    }
  });

  test('what is missing is named, and there is no link', () => {
    const failures = [new PartError('service3', null), new PartError('service4', null)];
    const html = pages.draw(drawn({ car: null, colour: null, sentence: null, failures }), null);
    expect(html).toContain('The car service did not answer');
    expect(html).toContain('The colour service did not answer');
    expect(html).not.toContain('href="/draws/');
  });

  test.each([
    ['Azure', 'an'],
    ['blue', 'a'],
  ])('the article before %s is "%s", also where the car is missing', (name, article) => {
    const failures = [new PartError('service3', null)];
    const html = pages.draw(
      drawn({ car: null, sentence: null, colour: { name, hex: '#ffbf00' }, failures }),
      null,
    );
    expect(html).toContain(`drives ${article} ${name} `);
  });

  test('a draw of which nothing is left is a page too', () => {
    const receipt = { requestId: 'id-of-this-request', steps: {} };
    expect(
      pages.draw(drawn({ person: null, car: null, colour: null, sentence: null, receipt }), null),
    ).toContain('id-of-this-request');
  });
});

test('a problem gives advice that fits it', () => {
  const page = (status: number) => pages.problem({ status, title: 'Title', detail: 'Detail.' }, 'id');
  expect(page(500)).toContain('Try again in a moment.');
  expect(page(404)).toContain('Check the address');
  expect(page(415)).not.toMatch(/Try again|Check the address/);
});
