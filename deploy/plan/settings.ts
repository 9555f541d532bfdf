/** A thing's settings, flat: `{ replicas: '2', 'env.LOG_LEVEL': 'info', 'update_config.order': 'start-first' }`. */
export type Settings = Record<string, string>;

type Named = { File?: { Name: string }; Target?: string; TargetPort?: number };

/** How often a restart was forced, and ids of what has a name, say nothing about what a service is. */
const meaningless = new Set(['ForceUpdate', 'SecretID', 'ConfigID']);

/**
 * The settings of a service's specification, as Docker has it, so that they can be compared and read: networks have
 * their names instead of their ids (`networks` has the names by ids), the things of a list are found by their names
 * and not by their places, and what is empty is left out.
 */
export function settingsOf(specification: object, networks: Map<string, string>): Settings {
  return Object.fromEntries(
    leavesOf(specification, networks).map(([path, value]) => [
      path
        .replace(/^task_template\.(container_spec\.(labels)?)?/, (_all, _container, labels) =>
          labels ? 'container_labels' : '',
        )
        .replace(/^mode\.replicated\./, ''),
      value,
    ]),
  );
}

/** The lines that say how settings differ from those that were deployed. */
export function differences(name: string, deployed: Settings, now: Settings): string[] {
  const keys = [...new Set([...Object.keys(deployed), ...Object.keys(now)])].sort();
  return keys.flatMap(key => {
    const [old, is] = [deployed[key], now[key]];
    if (old === is) return [];
    if (old === undefined) return [`+ ${name}.${key}: ${is}, not deployed`];
    return [`${is === undefined ? '-' : '~'} ${name}.${key}: ${is ?? 'none'}, deployed: ${old}`];
  });
}

function leavesOf(value: unknown, networks: Map<string, string>, path = ''): [string, string][] {
  const inside = (key: string, inner: unknown) => leavesOf(inner, networks, path ? `${path}.${key}` : key);
  if (value === null || value === undefined) return [];
  if (Array.isArray(value) && path.endsWith('container_spec.env'))
    return value.flatMap(text => inside(text.replace(/=.*/s, ''), text.replace(/^[^=]*=?/, '')));
  if (Array.isArray(value) && typeof value[0] !== 'object')
    return value.length > 0 ? [[path, value.join(' ')]] : [];
  if (Array.isArray(value))
    return value.flatMap((thing, index) => inside(nameOf(thing, networks) ?? String(index), thing));
  if (typeof value !== 'object') return [[path, networks.get(String(value)) ?? String(value)]];
  return Object.entries(value)
    .filter(([key]) => !meaningless.has(key))
    .flatMap(([key, inner]) => inside(snakeCase(key), inner));
}

/** A mount is named after where it is, a config and a secret after its file, a network after itself. */
function nameOf({ File: file, Target: target, TargetPort: port }: Named, networks: Map<string, string>) {
  return file?.Name ?? (target && networks.get(target)) ?? target ?? port?.toString();
}

function snakeCase(text: string): string {
  return text.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
}
