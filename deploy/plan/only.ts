import type { StackFile } from '../publish/stack-file.ts';
import { DeployError } from '../report.ts';

/** Leaves the images of all services but the named ones as they were deployed. Throws a DeployError for other names. */
export function keepOthers(file: StackFile, running: StackFile | null, only: string[]): void {
  const unknown = only.find(name => !(name in file.services));
  if (unknown)
    throw new DeployError(
      `There is no service ${unknown}; there are ${Object.keys(file.services).join(', ')}.`,
    );
  for (const [name, service] of Object.entries(file.services)) {
    if (!only.includes(name)) service.image = running?.services[name]?.image ?? service.image;
  }
}
