import type { StackFile } from '../publish/stack-file.ts';
import { DeployError } from '../report.ts';

/** Throws a DeployError if one of the names is not among those that there are. */
export function checkNames(names: string[], known: string[]): void {
  const unknown = names.find(name => !known.includes(name));
  if (unknown) throw new DeployError(`There is no service ${unknown}; there are ${known.join(', ')}.`);
}

/** Leaves the images of all services but the named ones as they were deployed. Throws a DeployError for other names. */
export function keepOthers(file: StackFile, running: StackFile | null, only: string[]): void {
  checkNames(only, Object.keys(file.services));
  for (const [name, service] of Object.entries(file.services)) {
    if (!only.includes(name)) service.image = running?.services[name]?.image ?? service.image;
  }
}
