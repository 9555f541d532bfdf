import type { StackFile } from '../publish/stack-file.ts';
import type { StoredRelease } from './releases.ts';

/** A small stack file with service 1 in a version. */
export function stackFileOf(version: string): StackFile {
  return {
    services: { service1: { image: `motorpool/service1:${version}`, deploy: { replicas: 2 } } },
    networks: { web: { internal: true } },
    volumes: {},
    configs: { cars: { name: `motorpool_cars_${version}`, file: '/somewhere/cars.json' } },
    secrets: { db_password: { name: `password_${version}`, external: true } },
  };
}

/** A remembered release. */
export function releaseOf(number: number, version: string, restores: number | null = null): StoredRelease {
  const deployed = { services: {}, networks: {}, databaseNode: null };
  return {
    name: `motorpool_release_${number}`,
    number,
    version,
    restores,
    file: stackFileOf(version),
    deployed,
  };
}
