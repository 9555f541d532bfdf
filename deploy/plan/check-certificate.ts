import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext, getCACertificates } from 'node:tls';

/** What a certificate is for, as its subjectAltName says, and until when it and all who have signed it are valid. */
export type Checked = { names: string[]; expires: Date };

/**
 * Checks that a certificate, with those who have signed it after it (PEM), can serve now: that the key (PEM) is its own,
 * that it is for each of the names, that it is valid, and that its signatures lead to somebody whom clients know, or at
 * least to one who has signed himself. Throws an Error whose message is a sentence.
 */
export function checkCertificate(pem: string, key: string, wanted: string[], now: Date): Checked {
  const chain = readChain(pem);
  const [certificate, ...issuers] = chain;
  if (!certificate)
    throw new Error('It holds no certificate: PEM is wanted, which begins with -----BEGIN CERTIFICATE-----.');
  if (!certificate.checkPrivateKey(readKey(key)))
    throw new Error('The key does not belong to the certificate.');
  checkUse(pem, key, certificate);
  const names = namesOf(certificate);
  if (names.length === 0)
    throw new Error('It is for nobody: clients look at its subjectAltName, which is empty.');
  const missing = wanted.filter(name => !isFor(certificate, names, name));
  if (missing.length > 0)
    throw new Error(`It is for ${names.join(', ')}, and not for ${missing.join(', ')}.`);
  for (const one of chain) checkDates(one, now);
  for (const [index, one] of chain.entries()) checkSignature(one, issuers[index]);
  return { names, expires: new Date(Math.min(...chain.map(({ validToDate }) => validToDate.getTime()))) };
}

function readChain(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new Error(`Its certificate number ${index + 1} cannot be read.`, { cause });
    }
  });
}

function readKey(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new Error('The key cannot be read: PEM without a passphrase is wanted.', { cause });
  }
}

/** Checks that a TLS server takes them, as NGINX will, and that clients may take it for a server. */
function checkUse(pem: string, key: string, { keyUsage }: X509Certificate): void {
  if (keyUsage && !keyUsage.includes('1.3.6.1.5.5.7.3.1'))
    throw new Error('It is not for servers: its extended key usage lacks serverAuth.');
  try {
    createSecureContext({ cert: pem, key });
  } catch (cause) {
    throw new Error(`No server can use it: ${cause instanceof Error ? cause.message : cause}.`, { cause });
  }
}

function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  return [...subjectAltName.matchAll(/(?:DNS|IP Address):([^,\s"]+)/g)].map(([, name = '']) => name);
}

function isFor(certificate: X509Certificate, names: string[], name: string): boolean {
  if (!isIP(name) && names.includes(name)) return true; // also *.example.org, which is no host
  return Boolean(isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name, { subject: 'never' }));
}

function checkDates({ subject, validFromDate, validToDate }: X509Certificate, now: Date): void {
  const whose = subject.replaceAll('\n', ', ');
  if (now > validToDate) throw new Error(`The certificate of ${whose} has expired on ${dayOf(validToDate)}.`);
  if (now < validFromDate)
    throw new Error(`The certificate of ${whose} is not valid before ${dayOf(validFromDate)}.`);
}

function checkSignature(one: X509Certificate, next: X509Certificate | undefined): void {
  const issuer = one.issuer.replaceAll('\n', ', ');
  if (next && !isSignedBy(one, next))
    throw new Error(
      `The certificate after that of ${one.subject.replaceAll('\n', ', ')} is not that of ${issuer}, who has signed it.`,
    );
  if (next || isSelfSigned(one)) return;
  if (getCACertificates().some(root => isSignedBy(one, new X509Certificate(root)))) return;
  throw new Error(
    `It lacks the certificate of ${issuer}, who has signed and whom not everybody knows: put that after it.`,
  );
}

/** Not `checkIssued`, which wants of who has signed himself that he may sign others. */
function isSelfSigned(one: X509Certificate): boolean {
  return one.subject === one.issuer && one.verify(one.publicKey);
}

function isSignedBy(one: X509Certificate, other: X509Certificate): boolean {
  return one.checkIssued(other) && one.verify(other.publicKey);
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
