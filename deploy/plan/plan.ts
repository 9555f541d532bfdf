import type { StackFile } from '../publish/stack-file.ts';

/** Lines of a plan, and what must be done for them before the stack file is given to the swarm. */
export type Preparation = { lines: string[]; carryOut?: () => Promise<unknown> };

/** Does what must be done first, one after the other. */
export async function carryOut(preparations: Preparation[]): Promise<void> {
  for (const preparation of preparations) await preparation.carryOut?.();
}

/** What a deploy will change, a line each, by comparing the stack file that runs (null: none) with the wanted one. */
export function planOf(running: StackFile | null, wanted: StackFile): string[] {
  const before = leavesOf(named(running));
  const after = leavesOf(named(wanted));
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  const [were, are] = [running?.services ?? {}, wanted.services];
  const whole = Object.keys({ ...were, ...are }).filter(name => !(were[name] && are[name]));
  const comeAndGo = whole.map(name =>
    are[name] ? `+ ${name}: ${are[name].image}` : `- ${name}: ${were[name]?.image}`,
  );
  if (running === null) return comeAndGo;
  const changes = paths.flatMap(path => {
    const [old, now] = [before.get(path), after.get(path)];
    if (old === now || whole.includes(path.split('.', 1)[0] ?? '')) return [];
    if (old === undefined) return [`+ ${path}: ${now}`];
    return now === undefined ? [`- ${path}: ${old}`] : [`~ ${path}: ${old} → ${now}`];
  });
  return [...comeAndGo, ...changes];
}

/** Configs and secrets by their names alone: where their files are says nothing. */
function named(file: StackFile | null) {
  if (file === null) return {};
  const names = (things: StackFile['configs']) =>
    Object.fromEntries(Object.entries(things).map(([key, { name }]) => [key, name]));
  return {
    ...file.services,
    networks: file.networks,
    configs: names(file.configs),
    secrets: names(file.secrets),
  };
}

function leavesOf(value: unknown, path = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null) return new Map([[path, String(value)]]);
  const entries = Object.entries(value).flatMap(([key, inner]) => [
    ...leavesOf(inner, path ? `${path}.${key}` : key),
  ]);
  return new Map(entries);
}
