import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DockerError, docker } from './docker.ts';
import type { EnginePlace } from './engine-api.ts';

/** Where the docker client would find its engine: DOCKER_HOST, else its current context. Throws a DockerError. */
export async function findEngine(): Promise<EnginePlace> {
  const { DOCKER_HOST: host, DOCKER_TLS_VERIFY: isSecured, DOCKER_CERT_PATH: folder } = process.env;
  if (host) return placeOf(host, isSecured ? folder || join(homedir(), '.docker') : undefined);
  const { stdout } = await docker(['context', 'inspect', '--format', '{{json .}}']);
  const { Endpoints: endpoints, TLSMaterial: secured, Storage: storage }: Context = JSON.parse(stdout);
  return placeOf(endpoints.docker.Host, secured?.docker && join(storage.TLSPath, 'docker'));
}

type Context = {
  Endpoints: { docker: { Host: string } };
  TLSMaterial?: { docker?: string[] };
  Storage: { TLSPath: string };
};

function placeOf(host: string, folder: string | undefined): EnginePlace {
  if (!/^\w+:\/\//.test(host))
    throw new DockerError(`${host} is no address of a Docker Engine, like tcp://manager.example:2376.`);
  if (folder === undefined) return { host };
  const read = (name: string) => readFileSync(join(folder, name));
  try {
    return { host, tls: { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') } };
  } catch (cause) {
    throw new DockerError(
      `The certificate for ${host} cannot be read: ${Error.isError(cause) ? cause.message : cause}`,
      { cause },
    );
  }
}
