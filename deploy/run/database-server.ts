import type { StackFile } from '../publish/stack-file.ts';

/**
 * A stack file with the database's server of another one, and what that uses: data that a newer MySQL has touched is
 * none for an older one any more (docker-library/mysql#1007), and a restart costs seconds of failed draws.
 */
export function withServerOf(file: StackFile, other: StackFile): StackFile {
  const { db } = other.services;
  if (!db || !file.services.db) return file;
  return {
    ...file,
    services: { ...file.services, db },
    configs: { ...file.configs, ...used(db.configs, other.configs) },
    secrets: { ...file.secrets, ...used(db.secrets, other.secrets) },
    volumes: { ...file.volumes, ...other.volumes },
  };
}

function used(things: unknown, from: StackFile['configs']): StackFile['configs'] {
  const sources = new Set((Array.isArray(things) ? things : []).map(({ source }) => source));
  return Object.fromEntries(Object.entries(from).filter(([key]) => sources.has(key)));
}
