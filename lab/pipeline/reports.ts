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
    expectReadable(report);
    const rate = Number(report.documentElement?.getAttribute('line-rate'));
    log(build, `${(rate * 100).toFixed(1)} % of the lines are covered`);
  } catch (problem) {
    log(build, `ERROR: ${file}: ${(problem as Error).message}`);
    build.result = 'FAILURE';
  }
}

/** Throws where the CoberturaParser of jenkinsci/coverage-model does: without data, and where two things have one name. */
function expectReadable(report: Document): void {
  if (all('package', report).length === 0) throw new Error('It does not contain data.');
  for (const one of all('class', report)) expectApart(all('method', one), 'name', 'signature');
  expectApart(all('class', report), 'filename', 'name');
}

function expectApart(elements: Element[], ...attributes: string[]): void {
  const names = elements.map(one => attributes.map(attribute => one.getAttribute(attribute)).join(' '));
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice) throw new Error(`There is already the same child ${twice}.`);
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
