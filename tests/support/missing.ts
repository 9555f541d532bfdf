import { describe } from '@jest/globals';
import { findPart, type PartName, whatToInstall } from './parts.ts';

/**
 * A `describe` of tests that need programs of the machine. Where one is missing, the tests are skipped and a line
 * says what to install; with CI=true it throws, so that nothing is ever skipped there unseen.
 */
export function describeWith(needed: PartName[], name: string, tests: () => void): void {
  const missing = needed.filter(part => findPart(part) === undefined);
  if (missing.length === 0) {
    describe(name, tests);
    return;
  }
  const advice = `"${name}" needs ${missing.map(whatToInstall).join('; and ')}.`;
  if (process.env.CI === 'true') throw new Error(advice);
  process.stderr.write(`Skipped: ${advice}\n`);
  describe.skip(name, tests);
}
