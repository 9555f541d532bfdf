import { engine } from '../swarm/engine.ts';

/** What a swarm keeps: contents that cannot change, under a name. */
export type Kind = 'configs' | 'secrets';

/** A config or a secret; a secret has no data when it is read. */
export type Kept = {
  ID: string;
  CreatedAt: string;
  Version: { Index: number };
  Spec: { Name: string; Labels: Record<string, string>; Data?: string };
};

/** Gives the swarm a config or a secret to keep, and gives its id. Throws a DockerError, also if it has one of that name. */
export async function keep(
  kind: Kind,
  name: string,
  labels: Record<string, string>,
  content: string,
): Promise<string> {
  const Data = Buffer.from(content).toString('base64');
  const kept = { Name: name, Labels: labels, Data };
  return (await engine.post<{ ID: string }>(`/${kind}/create`, kept)).ID;
}

/** The configs or secrets that filters let through, like `{ label: ['name=value'] }`. Throws a DockerError. */
export function readKept(kind: Kind, filters: { label?: string[]; name?: string[] }): Promise<Kept[]> {
  return engine.get<Kept[]>(`/${kind}`, { filters });
}

/** Changes labels of a config or a secret, the only thing of it that can be changed. Throws a DockerError. */
export async function relabel(kind: Kind, name: string, labels: Record<string, string>): Promise<void> {
  const { ID, Version, Spec } = await engine.get<Kept>(`/${kind}/${name}`);
  const changed = { ...Spec, Labels: { ...Spec.Labels, ...labels } };
  await engine.post(`/${kind}/${ID}/update`, changed, { version: String(Version.Index) });
}

/** Removes a config or a secret. Throws a DockerError, also if a service uses it. */
export function removeKept(kind: Kind, name: string): Promise<void> {
  return engine.remove(`/${kind}/${name}`);
}
