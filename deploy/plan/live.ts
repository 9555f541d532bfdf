import { engine } from '../swarm/engine.ts';
import { type Node, readNodes, type Service } from '../swarm/swarm.ts';
import { type Settings, settingsOf } from './settings.ts';

/** What Docker says of a network; only what is used here. */
export type Network = {
  Id: string;
  Name: string;
  Driver: string;
  Internal: boolean;
  Attachable: boolean;
  Labels: Record<string, string> | null;
};

/** All that a swarm has of a stack now. */
export type Live = { services: Service[]; networks: Network[]; nodes: Node[] };

/**
 * What a deploy left in the swarm: settings of services by their short names and of networks; the id of the database's
 * node, of a group those of its nodes, with commas.
 */
export type Deployed = {
  services: Record<string, Settings>;
  networks: Record<string, Settings>;
  databaseNode: string | null;
};

/** The label of what belongs to a stack. */
export const stackLabel = 'com.docker.stack.namespace';

/** The label of the node that has the database's volume. */
export const databaseLabel = 'motorpool.database';

/** Whether a node has the database, alone or as a member of its group. */
export function isDatabase({ Spec }: Node): boolean {
  return /^(true|member)$/.test(Spec.Labels[databaseLabel] ?? '');
}

/** Whether a service belongs to a stack by its label, and not only by its name. */
export function isLabelled({ Spec }: Service, stack: string): boolean {
  return Spec.Labels?.[stackLabel] === stack;
}

/** A service's name within its stack. */
export function shortName({ Spec }: Service, stack: string): string {
  return Spec.Name.slice(stack.length + 1);
}

/** Looks at all that there is of a stack: what has its label, and services that only have a name like its own. */
export async function readLive(stack: string): Promise<Live> {
  const services = await engine.get<Service[]>('/services');
  const networks = await engine.get<Network[]>('/networks');
  const isOnlyNamedSo = ({ Spec }: Service) =>
    Spec.Labels?.[stackLabel] === undefined && Spec.Name.startsWith(`${stack}_`);
  return {
    services: services.filter(service => isLabelled(service, stack) || isOnlyNamedSo(service)),
    networks,
    nodes: await readNodes(),
  };
}

/** The services that carry a stack's label, by their short names. */
export function servicesOf(stack: string, { services }: Live): Map<string, Service> {
  const labelled = services.filter(service => isLabelled(service, stack));
  return new Map(labelled.map(service => [shortName(service, stack), service]));
}

/** What is there of a stack, as it is remembered with a release. */
export function deployedOf(stack: string, { services, networks, nodes }: Live): Deployed {
  const names = new Map(networks.map(({ Id, Name }) => [Id, Name]));
  return {
    services: Object.fromEntries(
      services.map(service => [shortName(service, stack), settingsOf(service.Spec, names)]),
    ),
    networks: Object.fromEntries(
      networks
        .filter(({ Labels }) => Labels?.[stackLabel] === stack)
        .map(({ Name, Driver, Internal, Attachable }) => [
          Name,
          settingsOf({ Driver, Internal, Attachable }, names),
        ]),
    ),
    databaseNode:
      nodes
        .filter(isDatabase)
        .map(({ ID }) => ID)
        .join() || null,
  };
}
