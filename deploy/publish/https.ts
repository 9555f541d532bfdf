import type { StackFile } from './stack-file.ts';

/** The names of the secrets with a certificate and with its key. */
export type CertificateSecrets = { certificate: string; key: string };

/** What there is of NGINX in a stack file and in nginx/https.yml. */
type Nginx = Record<string, unknown> & {
  ports?: { target: number; published: number }[];
  environment?: Record<string, string>;
  secrets?: { source: string }[];
  configs?: { source: string }[];
};

/** A stack file without HTTPS, nor anything else. */
export const withoutHttps: StackFile = {
  ...{ services: { nginx: {} }, networks: {}, volumes: {}, configs: {}, secrets: {} },
};

const port = 443;
const isOfHttps = (name: string) => /^(certificate|certificate_key|nginx_https|HTTPS_PORT)$/.test(name);

/**
 * A stack file with HTTPS as another one has it, or without where that has none. What is changed is in the order in which
 * Docker has it, so that the next deploy sees no difference.
 */
export function withHttpsOf(file: StackFile, other: StackFile): StackFile {
  if (!certificateOf(file) && !certificateOf(other)) return file;
  const [here = {}, there = {}]: (Nginx | undefined)[] = [file.services.nginx, other.services.nginx];
  const ports = [
    ...(here.ports ?? []).filter(({ target }) => target !== port),
    ...(there.ports ?? []).filter(({ target }) => target === port),
  ];
  const nginx: Nginx = {
    ...here,
    ports: ports.sort((one, another) => one.published - another.published),
    environment: exchanged(here.environment, there.environment),
    secrets: exchangedUses(here.secrets, there.secrets),
    configs: exchangedUses(here.configs, there.configs),
  };
  return {
    ...file,
    services: { ...file.services, nginx },
    configs: exchanged(file.configs, other.configs),
    secrets: exchanged(file.secrets, other.secrets),
  };
}

/** A stack file, which has HTTPS, with the certificate and the key in these secrets. */
export function withCertificate(file: StackFile, { certificate, key }: CertificateSecrets): StackFile {
  const secrets = {
    certificate: { name: certificate, external: true },
    certificate_key: { name: key, external: true },
  };
  return { ...file, secrets: { ...file.secrets, ...secrets } };
}

/** The secrets of a stack file with its certificate; null without HTTPS. */
export function certificateOf(file: StackFile | undefined): CertificateSecrets | null {
  const { certificate, certificate_key: key } = file?.secrets ?? {};
  return certificate && key ? { certificate: certificate.name, key: key.name } : null;
}

function exchanged<Value>(here: Record<string, Value> = {}, there: Record<string, Value> = {}) {
  return Object.fromEntries([
    ...Object.entries(here).filter(([name]) => !isOfHttps(name)),
    ...Object.entries(there).filter(([name]) => isOfHttps(name)),
  ]);
}

function exchangedUses(here: { source: string }[] = [], there: { source: string }[] = []) {
  const uses = [
    ...here.filter(({ source }) => !isOfHttps(source)),
    ...there.filter(({ source }) => isOfHttps(source)),
  ];
  return uses.sort((one, other) => one.source.localeCompare(other.source));
}
