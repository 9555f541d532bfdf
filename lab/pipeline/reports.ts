import { copyFileSync, globSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DOMParser, type Document, onErrorStopParsing } from '@xmldom/xmldom';

/** A build, as far as reports go: what they are looked for in, where they are kept, and when it began (ms since 1970). */
type Place = { workspace: string; archive: string; began: number };

/** Counts test cases in JUnit XML, and keeps it. Throws an Error if there is no file, an old one, or none with a test case. */
export function readTests(place: Place, pattern: string): { total: number; failed: number; skipped: number } {
  const files = find(place, pattern);
  if (files.length === 0) throw new Error(`No test report files were found by \`${pattern}\`.`);
  // A second of tolerance, since file systems round.
  if (files.every(file => statSync(join(place.workspace, file)).mtimeMs < place.began - 1000))
    throw new Error(`Test reports were found by \`${pattern}\`, but none of them are new.`);
  const cases = files.flatMap(file => [...parse(place, file).getElementsByTagName('testcase')]);
  if (cases.length === 0) throw new Error(`The test reports found by \`${pattern}\` hold no test case.`);
  for (const file of files) keep(place, file, 'junit');
  const having = (...names: string[]) =>
    cases.filter(one => [...one.childNodes].some(({ nodeName }) => names.includes(nodeName))).length;
  return { total: cases.length, failed: having('failure', 'error'), skipped: having('skipped') };
}

/** The part of the lines that are covered, by a Cobertura report that is kept, in percent. Throws an Error if there is none. */
export function readCoverage(place: Place, pattern: string): number {
  const [file, ...others] = find(place, pattern);
  if (file === undefined || others.length > 0)
    throw new Error(`Expected one coverage report by \`${pattern}\`, found ${file ? others.length + 1 : 0}.`);
  const { documentElement: coverage } = parse(place, file);
  const rate = Number(coverage?.getAttribute('line-rate') ?? Number.NaN);
  if (coverage?.nodeName !== 'coverage' || coverage.getElementsByTagName('line').length === 0 || !(rate >= 0))
    throw new Error(`${file} is no Cobertura report with lines in it.`);
  keep(place, file, 'coverage');
  return rate * 100;
}

/** Keeps the files that match patterns with commas between them; gives how many there are. */
export function keepArtifacts(place: Place, patterns: string): number {
  const files = find(place, patterns);
  for (const file of files) keep(place, file, 'artifacts');
  return files.length;
}

function find({ workspace }: Place, patterns: string): string[] {
  const found = globSync(
    patterns.split(',').map(pattern => pattern.trim()),
    { cwd: workspace },
  );
  return found.filter(file => statSync(join(workspace, file)).isFile());
}

function keep({ workspace, archive }: Place, file: string, kind: string): void {
  const kept = join(archive, kind, file);
  mkdirSync(dirname(kept), { recursive: true });
  copyFileSync(join(workspace, file), kept);
}

// It fetches no DTD: Cobertura reports name that of a site that is long gone.
function parse({ workspace }: Place, file: string): Document {
  try {
    const text = readFileSync(join(workspace, file), 'utf8');
    return new DOMParser({ onError: onErrorStopParsing }).parseFromString(text, 'text/xml');
  } catch (cause) {
    throw new Error(`${file} is no XML: ${(cause as Error).message}`, { cause });
  }
}
