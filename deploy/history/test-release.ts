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

/** The config in which a swarm remembers a release, with what it had of it then, if that is known. */
export function configOf(number: number, version: string, file = stackFileOf(version), deployed?: object) {
  const Labels = { 'motorpool.release': `${number}`, 'motorpool.version': version };
  const content = { ...file, ...(deployed && { 'x-deployed': deployed }) };
  const Data = Buffer.from(JSON.stringify(content)).toString('base64');
  return { Spec: { Name: `motorpool_release_${number}`, Labels, Data } };
}
