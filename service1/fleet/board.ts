import type { Fleet } from './fleet.ts';
import type { Replica } from './replica.ts';

/** How many of a service have answered, and how many there should be; null where nobody knows. */
export type Count = { service: string; answered: number; wanted: number | null };

/** A fleet as it is shown: a grid of nodes and services, of which the order never changes. */
export type Board = {
  counts: Count[];
  versions: { version: string; paint: number; replicas: number }[];
  /** The last row has those who do not say where they are. */
  rows: { node: string | null; cells: { service: string; replicas: Replica[] }[] }[];
};

/** How many paints there are in style.css. */
const paints = 24;

/** The board of a fleet of which there should be so many replicas of each service; 0: nobody knows. */
export function boardOf({ services, replicas }: Fleet, wanted: number): Board {
  const nodes = [...new Set(replicas.map(({ node }) => node))].sort(byName);
  const rows = nodes.map(node => ({
    node,
    cells: services.map(service => ({
      service,
      replicas: replicas.filter(replica => replica.service === service && replica.node === node),
    })),
  }));
  return { counts: countsOf({ services, replicas }, wanted), rows, versions: versionsOf(replicas) };
}

/** How many of each service have answered, and should. There is an NGINX on each node, however many those are. */
export function countsOf({ services, replicas }: Omit<Fleet, 'sampledAt'>, wanted: number): Count[] {
  return services.map(service => ({
    service,
    answered: replicas.filter(replica => replica.service === service && replica.state !== 'silent').length,
    wanted: wantedOf(service, replicas, wanted),
  }));
}

function wantedOf(service: string, replicas: Replica[], wanted: number): number | null {
  if (service === 'database') return replicas.filter(replica => replica.service === service).length || 1;
  return service === 'nginx' ? null : wanted || null;
}

/** The paint of a version: the same one everywhere, and far from those of the versions before and after it. */
export function paintOf(version: string): number {
  let hash = 0;
  for (const letter of version) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 2 ** 32;
  return (hash * 7) % paints;
}

/** So many seconds as people say it: 12 s, 3 min, 5 h, 4 days. */
export function ageOf(seconds: number): string {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} days`;
}

function versionsOf(replicas: Replica[]): Board['versions'] {
  const ours = replicas.filter(({ service, state }) => /^service\d$/.test(service) && state !== 'silent');
  const versions = [...new Set(ours.map(({ version }) => version ?? ''))].filter(Boolean).sort(byName);
  return versions.map(version => ({
    version,
    paint: paintOf(version),
    replicas: ours.filter(replica => replica.version === version).length,
  }));
}

/** Numbers in names count as such; what has no name comes last. */
function byName(one: string | null, other: string | null): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return one.localeCompare(other, 'en', { numeric: true });
}
