import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** A part that was asked, when and for how long, in milliseconds. */
export type Asked = { part: string; startedAt: number; milliseconds: number };

/** All that the page shows. */
export type Draw = {
  person: { id: number; name: string };
  car: string;
  colour: { name: string; hex: string };
  asked: Asked[];
};

const folder = new URL('../../service1/silhouettes/', import.meta.url);
const silhouettes = new Map(
  readdirSync(folder).map(file => [basename(file, '.svg'), readFileSync(new URL(file, folder), 'utf8')]),
);

/** The page of a draw, the same as service1/views/draw.ejs gives. */
export function page({ person, car, colour, asked }: Draw): string {
  const name = escaped(person.name);
  const sentence = `${name} drives ${/^[aeiou]/.test(colour.name) ? 'an' : 'a'} ${colour.name} ${car}.`;
  const total = Math.max(...asked.map(({ startedAt, milliseconds }) => startedAt + milliseconds));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${sentence} · Motorpool</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css?v=000000000000">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<a class="sign" href="/">Motorpool</a>
<nav aria-label="Main">
<a href="/">Draw</a>
<a href="/people">People</a>
</nav>
</header>
<main id="main">
<article class="plate">
<h1>${sentence}</h1>
<div class="bench">
<svg class="bay" viewBox="-16 -18 352 180" role="img" aria-label="A picture of the ${car}, painted ${colour.name}" color="${colour.hex}">
<path fill="#e3d6ba" d="M-16 -18h352v180h-352z"/>
<path fill="#c9bb9e" d="M-16 112h352v50h-352z"/>
<path fill="none" stroke="#b09f7d" stroke-width="2" d="M-16 112h352"/>
<path fill="none" stroke="#fff6e0" stroke-width="4" d="M20 112l-34 50M300 112l34 50"/>
<text x="322" y="22" text-anchor="end" fill="#cdbd9b">${person.id}</text>
<svg width="320" height="140">${silhouettes.get(car) ?? silhouettes.get('unknown')}</svg>
</svg>
<div class="side">
<dl class="facts">
<div><dt>Person</dt><dd><a href="/people/${person.id}"><bdi>${name}</bdi></a></dd></div>
<div><dt>Car</dt><dd>${car}</dd></div>
<div><dt>Colour</dt><dd><svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" fill="${colour.hex}"/></svg>${colour.name} <span>${colour.hex}</span></dd></div>
</dl>
<p class="actions">
<a class="button" href="/">Draw again</a>
<a href="/draws/${person.id}/${car}">Link to this draw</a>
<a href="/people#add">Add a person</a>
</p>
</div>
</div>
</article>
<section class="receipt" aria-labelledby="receipt">
<h2 id="receipt">Receipt</h2>
<table>
<caption>Who answered, when each question was asked, and how long the answer took</caption>
<thead><tr><th scope="col">Part</th><th scope="col" class="number">Began</th><th scope="col" class="number">Took</th></tr></thead>
<tbody>
${asked.map(step => row(step, total)).join('')}</tbody>
<tfoot><tr><th scope="row" colspan="2">All together</th><td class="number">${total.toFixed(1)} ms</td></tr></tfoot>
</table>
</section>
</main>
</body>
</html>
`;
}

function row({ part, startedAt, milliseconds }: Asked, total: number): string {
  return `<tr>
<th scope="row">${part}</th>
<td class="number">${startedAt.toFixed(1)} ms</td>
<td class="number">${milliseconds.toFixed(1)} ms<svg class="bar" aria-hidden="true"><rect class="track" width="100%" height="100%" rx="3"/><rect class="span" x="${((100 * startedAt) / total).toFixed(2)}%" width="${((100 * milliseconds) / total).toFixed(2)}%" height="100%" rx="3"/></svg></td>
</tr>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);
}
