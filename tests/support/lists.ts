import fc from 'fast-check';
import { checkName } from '../../service1/people/name.ts';

/** A file like db/people.csv, and what has to become of it: the people, or that a line is refused. */
export type List = { bytes: Buffer; people: string[] } | { bytes: Buffer; refusedLine: number };

const headers = ['name', '"name"', 'id,name', '"id","name"', 'name,city'];

const name = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'Amelia',
      'E\u0301lodie',
      'Henry, Jr.',
      'Margaret "Peggy"',
      '  Ann ',
      '李',
      '👩‍🚀',
      '1e3',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '   ',
      '\u3164',
      '\u2800',
      'a'.repeat(101),
      'a\tb',
      'a\u202eb',
      '👍'.repeat(100),
    ),
  },
);

const row = fc.record({ name, quoted: fc.boolean(), emptyAfter: fc.constantFrom(0, 0, 0, 1, 2) });

const form = fc.record({
  header: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...headers) },
    fc.constantFrom('Name', 'person', 'name;id'),
  ),
  rows: fc.array(row, { maxLength: 12 }),
  bom: fc.boolean(),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  endsWithLineEnd: fc.boolean(),
  /** Takes the place of a row's name as it stands. */
  spoilt: fc.option(
    fc.record({ at: fc.nat(11), text: fc.constantFrom('Henry, Jr.', 'Ren\xe9', 'The "Rock"', '"Ann" Bo') }),
    { freq: 3 },
  ),
});

/** Lists as editors and spreadsheets leave them, half of them with something wrong. */
export const anyList: fc.Arbitrary<List> = form.map(
  ({ header, rows, bom, lineEnd, endsWithLineEnd, spoilt }) => {
    const lines = [Buffer.from(header)];
    const people: string[] = [];
    let wrongBytes = 0;
    let wrongColumns = 0;
    let wrongName = 0;
    for (const [index, { name, quoted, emptyAfter }] of rows.entries()) {
      const text = spoilt?.at === index ? spoilt.text : quote(name, quoted);
      const line = lines.push(Buffer.from(between(header, text), text === 'Ren\xe9' ? 'latin1' : 'utf8'));
      const checked = checkName(name);
      if (text === 'Ren\xe9') wrongBytes ||= line;
      else if (spoilt?.at === index) wrongColumns ||= line;
      else if (checked.error !== null) wrongName ||= line;
      people.push(checked.name);
      for (let empty = 0; empty < emptyAfter; empty += 1) lines.push(Buffer.from(''));
    }
    const text = lines.map(line => line.toString('latin1')).join(lineEnd) + (endsWithLineEnd ? lineEnd : '');
    const bytes = Buffer.concat([Buffer.from(bom ? '\ufeff' : ''), Buffer.from(text, 'latin1')]);
    const refusedLine = wrongBytes || (headers.includes(header) ? wrongColumns || wrongName : 1);
    return refusedLine > 0 ? { bytes, refusedLine } : { bytes, people };
  },
);

function quote(name: string, always: boolean): string {
  return always || /[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

/** A line with a name in its column, whatever that column's place. */
function between(header: string, text: string): string {
  if (header.includes('id') && !header.includes(';')) return `7,${text}`;
  return header.includes('city') ? `${text},Ghent` : text;
}
