import { findPart, type PartName, whatToInstall } from '../tests/support/parts.ts';

/** Ends a measurement, with what to install, where programs are missing that it needs. */
export function partsOrEnd(...needed: PartName[]): void {
  const missing = needed.filter(part => findPart(part) === undefined);
  for (const part of missing) console.error(`Install ${whatToInstall(part)}.`);
  if (missing.length > 0) process.exit(1);
}
