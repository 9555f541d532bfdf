import { readFile } from 'node:fs/promises';
import { keep, readKept } from '../history/kept.ts';
import type { CertificateSecrets } from '../publish/https.ts';
import { hashOf } from '../publish/stack-file.ts';
import { DeployError } from '../report.ts';
import { type Checked, checkCertificate } from './check-certificate.ts';
import type { Preparation } from './plan.ts';

/** A certificate that the swarm has or gets: for whom it is wanted, and until when it is valid. */
export type Certificate = { wanted: string[]; expires: Date };

/** The label of both secrets. Like a password's it is not the stack's own, for `docker stack rm` removes those. */
export const certificateLabel = 'motorpool.certificate-of';
const [wantedLabel, expiresLabel] = ['motorpool.certificate.wanted', 'motorpool.certificate.expires'];

/** What is known of a certificate by its secret; null where there is none. */
export async function readCertificate(
  stack: string,
  secrets: CertificateSecrets | null,
): Promise<Certificate | null> {
  const kept = secrets ? await readSecrets(stack) : [];
  const labels = kept.find(({ Spec }) => Spec.Name === secrets?.certificate)?.Spec.Labels;
  if (!labels) return null;
  return { wanted: `${labels[wantedLabel]}`.split(' '), expires: new Date(`${labels[expiresLabel]}`) };
}

/** A certificate in words. */
export function textOf({ wanted, expires }: Certificate): string {
  return `${wanted.join(', ')}, valid until ${expires.toISOString().slice(0, 10)}`;
}

/**
 * Checks a certificate and its key for the `wanted` names, all of its own where there are none, and gives the names of
 * the secrets, which carry a hash of both, and what has to be done so that they are there. Throws a DeployError.
 */
export async function planCertificate(
  stack: string,
  file: string,
  keyFile: string,
  wanted: string[],
): Promise<{ secrets: CertificateSecrets; certificate: Certificate; preparation: Preparation }> {
  const [pem, key] = [await read(file), await read(keyFile)];
  const { names: own, expires } = checked(file, () => checkCertificate(pem, key, wanted, new Date()));
  const certificate = { wanted: wanted.length > 0 ? wanted : own, expires };
  const hash = hashOf(pem + key + certificate.wanted.join(' ')); // for labels cannot change
  const secrets = { certificate: `${stack}_certificate_${hash}`, key: `${stack}_certificate_key_${hash}` };
  const labels = { [certificateLabel]: stack };
  const known = {
    [wantedLabel]: certificate.wanted.join(' '),
    [expiresLabel]: expires.toISOString(),
  };
  const carryOut = async () => {
    const there = new Set((await readSecrets(stack)).map(({ Spec }) => Spec.Name)); // of an attempt that failed
    if (!there.has(secrets.certificate))
      await keep('secrets', secrets.certificate, { ...labels, ...known }, pem);
    if (!there.has(secrets.key)) await keep('secrets', secrets.key, labels, key);
  };
  return { secrets, certificate, preparation: { lines: [], carryOut } };
}

function readSecrets(stack: string) {
  return readKept('secrets', { label: [`${certificateLabel}=${stack}`] });
}

function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(error => {
    throw new DeployError(`${file} cannot be read: ${error.message}`, { cause: error });
  });
}

function checked(file: string, check: () => Checked): Checked {
  try {
    return check();
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new DeployError(`${file} was not taken, and nothing was touched. ${reason}`, { cause: error });
  }
}
