import { parse } from 'yaml';
import { docker, inspect, lines } from './docker.ts';
import { type StackFile, textOf } from './stack-file.ts';

/** A release that was deployed, as the swarm remembers it. */
export type StoredRelease = { name: string; number: number; version: string; file: StackFile };

const kept = 10;

/**
 * The releases of a stack, oldest first. Each is a Swarm config that holds the stack file as it was deployed, so that
 * any manager can say what should run, and can go back.
 */
export async function readReleases(stack: string): Promise<StoredRelease[]> {
  const names = await lines([
    'config',
    'ls',
    '--filter',
    `label=motorpool.release-of=${stack}`,
    '--format',
    '{{.Name}}',
  ]);
  const configs = await inspect<{ Spec: { Name: string; Labels: Record<string, string>; Data: string } }>(
    'config',
    names,
  );
  return configs
    .map(({ Spec: { Name: name, Labels: labels, Data: data } }) => ({
      name,
      number: Number(labels['motorpool.release']),
      version: labels['motorpool.version'] ?? '',
      file: parse(Buffer.from(data, 'base64').toString()) as StackFile,
    }))
    .sort((one, other) => one.number - other.number);
}

/** Remembers a release that is true now, and forgets all but the last ten. */
export async function storeRelease(stack: string, version: string, file: StackFile): Promise<void> {
  const releases = await readReleases(stack);
  const number = (releases.at(-1)?.number ?? 0) + 1;
  const labels = { 'motorpool.release-of': stack, 'motorpool.release': number, 'motorpool.version': version };
  const flags = Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]);
  await docker(['config', 'create', ...flags, `${stack}_release_${number}`, '-'], { input: textOf(file) });
  for (const { name } of releases.slice(0, -(kept - 1))) await docker(['config', 'rm', name]);
}
