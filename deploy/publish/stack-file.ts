import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { DeployError } from '../report.ts';

/** A stack file as docker-compose.yml becomes it: everything filled in, nothing that a swarm does not know. */
export type StackFile = {
  services: Record<string, Record<string, unknown>>;
  networks: Record<string, unknown>;
  volumes: Record<string, unknown>;
  configs: Record<string, { name: string; file?: string; external?: boolean }>;
  secrets: Record<string, { name: string; file?: string; external?: boolean }>;
};

/**
 * A stack file as it is true after its deploy: the swarm has its configs and secrets now, by names that carry their
 * content. With the paths of their files it would mean something else tomorrow, or on another machine.
 */
export function asDeployed(file: StackFile): StackFile {
  return { ...file, configs: external(file.configs), secrets: external(file.secrets) };
}

/** The names of our own services, which docker-compose.yml says how to build; NGINX and MySQL are not. */
export function ourServices(): string[] {
  const { services } = readStackFile('docker-compose.yml');
  return Object.keys(services).filter(name => services[name]?.build !== undefined);
}

/** A stack file as somebody wrote it. Throws a DeployError where it is no YAML. */
export function readStackFile(path: string): StackFile {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new DeployError(`${path} cannot be read: ${Error.isError(cause) ? cause.message : cause}`, {
      cause,
    });
  }
}

/** Whether a service is one of our own. */
export function isOurs(name: string): boolean {
  return ourServices().includes(name);
}

/** A stack file as text, in the YAML 1.1 of older docker clients: for them a bare `yes` is no text. */
export function textOf(file: StackFile & { [extension: `x-${string}`]: unknown }): string {
  return stringify(file, { lineWidth: 0, version: '1.1' });
}

/** A short hash of a text, for names that must change with their content. */
export function hashOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}

function external(things: StackFile['configs']): StackFile['configs'] {
  return Object.fromEntries(Object.entries(things).map(([key, { name }]) => [key, { name, external: true }]));
}
