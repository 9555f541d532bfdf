import type { StackFile } from '../publish/stack-file.ts';

/** The services of which a stack file replaces tasks, compared with the one that runs. */
export function touchedServices(running: StackFile | null, wanted: StackFile): string[] {
  const names = Object.keys(wanted.services);
  if (running === null) return names;
  return names.filter(name => essenceOf(running, name) !== essenceOf(wanted, name));
}

/** A service with the names of its configs and secrets, which carry their contents. */
function essenceOf({ services, configs, secrets }: StackFile, name: string): string {
  const used = (things: unknown, from: StackFile['configs']) =>
    (Array.isArray(things) ? things : []).map(({ source }) => from[source]?.name);
  const service = services[name];
  return JSON.stringify([service, used(service?.configs, configs), used(service?.secrets, secrets)]);
}
