import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { makeCertificate } from '../../tests/support/certificate.ts';
import { checkCertificate } from './check-certificate.ts';
import { makeCertificates } from './test-certificates.ts';

const { root, middle, leaf } = makeCertificates([
  'DNS:motorpool.example',
  'DNS:*.cars.example',
  'IP:10.0.0.1',
]);
const chain = `${leaf.pem}${middle.pem}${root.pem}`;
const now = new Date();
const daysOn = (days: number) => new Date(now.getTime() + days * 86_400_000);
const names = ['motorpool.example', '*.cars.example', '10.0.0.1'];

test('a certificate with its key and all who have signed it is taken, and says for whom it is and until when', () => {
  const checked = checkCertificate(chain, leaf.key, [], now);
  expect(checked.names).toEqual(names);
  expect(Math.abs(checked.expires.getTime() - daysOn(30).getTime())).toBeLessThan(60_000);
});

test.each([...names, 'red.cars.example'])('it is for %s', name => {
  expect(() => checkCertificate(chain, leaf.key, [name], now)).not.toThrow();
});

test.each([
  ['other.example'],
  ['www.motorpool.example'],
  ['cars.example'],
  ['a.red.cars.example'],
  ['10.0.0.2'],
])('it is not for %s', name => {
  expect(() => checkCertificate(chain, leaf.key, ['motorpool.example', name], now)).toThrow(
    `It is for motorpool.example, *.cars.example, 10.0.0.1, and not for ${name}.`,
  );
});

test.each([
  ["somebody else's key", chain, middle.key, 'The key does not belong to the certificate.'],
  ['a key that is none', chain, 'secret', 'The key cannot be read: PEM without a passphrase is wanted.'],
  [
    'no certificate',
    leaf.key,
    leaf.key,
    'It holds no certificate: PEM is wanted, which begins with -----BEGIN CERTIFICATE-----.',
  ],
  [
    'a certificate that is broken',
    chain.replace(/\n./, '\n?'),
    leaf.key,
    'Its certificate number 1 cannot be read.',
  ],
  [
    'one without who has signed it',
    leaf.pem,
    leaf.key,
    'It lacks the certificate of CN=middle, who has signed and whom not everybody knows: put that after it.',
  ],
  [
    'one with a gap in its chain',
    `${leaf.pem}${root.pem}`,
    leaf.key,
    'The certificate after that of CN=leaf is not that of CN=middle, who has signed it.',
  ],
])('%s is refused in a sentence', (_what, pem, key, sentence) => {
  expect(() => checkCertificate(pem, key, [], now)).toThrow(sentence);
});

test('a key with a passphrase is refused', () => {
  const how = ['pkey', '-aes256', '-passout', 'pass:secret'];
  const locked = execFileSync('openssl', how, { input: leaf.key, encoding: 'utf8' });
  expect(() => checkCertificate(chain, locked, [], now)).toThrow(/without a passphrase/);
});

test('one that has expired, or is not valid yet, is refused with the day', () => {
  expect(() => checkCertificate(chain, leaf.key, [], daysOn(366))).toThrow(
    /^The certificate of CN=leaf has expired on \d{4}-\d\d-\d\d\.$/,
  );
  expect(() => checkCertificate(chain, leaf.key, [], daysOn(-1))).toThrow(
    /^The certificate of CN=leaf is not valid before \d{4}-\d\d-\d\d\.$/,
  );
});

test('one of which only the signer has expired is refused too', () => {
  expect(() => checkCertificate(chain, leaf.key, [], daysOn(31))).toThrow(
    /^The certificate of CN=middle has expired/,
  );
});

test('one that is for nobody is refused', () => {
  const { leaf, middle, root } = makeCertificates([]);
  expect(() => checkCertificate(leaf.pem + middle.pem + root.pem, leaf.key, [], now)).toThrow(
    /^It is for nobody/,
  );
});

test('one that nobody but itself has signed is taken', () => {
  const folder = makeCertificate('localhost', 'motorpool.example');
  const [pem = '', key = ''] = ['fullchain.pem', 'privkey.pem'].map(name =>
    readFileSync(join(folder, name), 'utf8'),
  );
  expect(checkCertificate(pem, key, ['motorpool.example'], new Date()).names).toEqual([
    'localhost',
    'motorpool.example',
  ]);
});

/** A certificate that only itself has signed, and its key, in one text. */
function selfSigned(bits: number, ...extensions: string[]): string {
  const how = ['-newkey', `rsa:${bits}`, '-nodes', '-subj', '/CN=self', '-keyout', '-', '-out', '-'];
  const more = ['subjectAltName=DNS:10.0.0.1', ...extensions].flatMap(extension => ['-addext', extension]);
  return execFileSync('openssl', ['req', '-x509', ...how, ...more], { encoding: 'utf8', stdio: 'pipe' });
}

test('one that has signed itself need not be allowed to sign others', () => {
  const made = selfSigned(2048, 'keyUsage=digitalSignature');
  expect(checkCertificate(made, made, [], new Date()).names).toEqual(['10.0.0.1']);
});

test.each([
  ['whose key is too short', selfSigned(1024), [], /^No server can use it: /],
  ['that is not for servers', selfSigned(2048, 'extendedKeyUsage=clientAuth'), [], /lacks serverAuth/],
  ['for a host that looks like an address', selfSigned(2048), ['10.0.0.1'], /and not for 10\.0\.0\.1/],
])('one %s is refused', (_what, made, names, sentence) => {
  expect(() => checkCertificate(made, made, names, new Date())).toThrow(sentence);
});
