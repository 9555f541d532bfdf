import { copyFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DOMParser, type Document, type Element, onErrorStopParsing } from '@xmldom/xmldom';
import { type Build, log } from './steps.ts';

/** Publishes a report of tests. Throws where Jenkins does; a build with failed tests is unstable, and goes on. */
export function publishTests(file: string, build: Build): void {
  // A second of tolerance, since file systems round.
  if (statSync(join(build.workspace, file)).mtimeMs < build.began - 1000)
    throw new Error(`The report ${file} is not of this build.`);
  const cases = all('testcase', keepReport(file, 'junit', build));
  if (cases.length === 0) throw new Error(`The report ${file} holds no test case.`);
  const failed = cases.filter(({ childNodes }) =>
    [...childNodes].some(({ nodeName }) => ['failure', 'error'].includes(nodeName)),
  ).length;
  log(build, `${cases.length} tests, ${failed} failed`);
  if (failed > 0 && build.result === 'SUCCESS') build.result = 'UNSTABLE';
}

/** Publishes a Cobertura report. One that Jenkins cannot read fails the build, which goes on nevertheless, as there. */
export function publishCoverage(file: string, build: Build): void {
  try {
    const report = keepReport(file, 'coverage', build);
    readClasses(report);
    const rate = Number(report.documentElement?.getAttribute('line-rate'));
    log(build, `${(rate * 100).toFixed(1)} % of the lines are covered`);
  } catch (problem) {
    log(build, `ERROR: ${file}: ${(problem as Error).message}`);
    build.result = 'FAILURE';
  }
}

/** Throws what the CoberturaParser of jenkinsci/coverage-model throws, in its mode without `ignoreParsingErrors`. */
function readClasses(report: Document): void {
  const packages = all('package', report);
  if (packages.length === 0) throw new Error('It does not contain data.');
  const classes = new Set<string>();
  for (const one of packages.flatMap(inner => all('class', inner))) {
    const name = required('name', one);
    addOnce(`${required('filename', one)}: ${name}`, classes);
    const methods = new Set<string>();
    for (const method of all('method', one))
      addOnce(`${required('name', method)}${required('signature', method)} in ${name}`, methods);
    for (const line of all('line', one)) {
      required('number', line);
      if (line.getAttribute('branch') !== 'true') required('hits', line);
    }
  }
}

function addOnce(element: string, known: Set<string>): void {
  if (known.size === known.add(element).size) throw new Error(`There is already the same child ${element}.`);
}

function required(attribute: string, element: Element): string {
  const value = element.getAttribute(attribute);
  if (value === null) throw new Error(`Could not obtain attribute '${attribute}' from ${element.nodeName}.`);
  return value;
}

function all(name: string, of: Document | Element): Element[] {
  return [...of.getElementsByTagName(name)];
}

// It fetches no DTD: Cobertura reports name that of a site that is long gone.
function keepReport(file: string, kind: string, build: Build): Document {
  try {
    const text = readFileSync(keep(file, kind, build), 'utf8');
    return new DOMParser({ onError: onErrorStopParsing }).parseFromString(text, 'text/xml');
  } catch (cause) {
    throw new Error(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** Keeps a file of the workspace as a kind of what is published, and gives where. */
export function keep(file: string, kind: string, { workspace, archive }: Build): string {
  const kept = join(archive, kind, file);
  mkdirSync(dirname(kept), { recursive: true });
  copyFileSync(join(workspace, file), kept);
  return kept;
}
