import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate with its key, both in PEM. */
export type Made = { pem: string; key: string };

/**
 * Makes a certificate (`leaf`) for names like `DNS:motorpool.example` by openssl, for a year, that of its signer
 * (`middle`), for 30 days, and that of the signer's (`root`).
 */
export function makeCertificates(names: string[]): Record<'root' | 'middle' | 'leaf', Made> {
  const folder = mkdtempSync(join(tmpdir(), 'motorpool-certificates-'));
  const file = (name: string, ending: string) => join(folder, `${name}.${ending}`);
  function make(name: string, signer: string, days: number, extensions: string[]): Made {
    const by = signer === name ? [] : ['-CA', file(signer, 'pem'), '-CAkey', file(signer, 'key')];
    const how = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', `${days}`];
    const which = ['-subj', `/CN=${name}`, ...extensions.flatMap(extension => ['-addext', extension])];
    const to = ['-keyout', file(name, 'key'), '-out', file(name, 'pem')];
    execFileSync('openssl', ['req', '-x509', ...how, ...which, ...by, ...to], { stdio: 'ignore' });
    return { pem: readFileSync(file(name, 'pem'), 'utf8'), key: readFileSync(file(name, 'key'), 'utf8') };
  }
  const alternatives = names.length > 0 ? [`subjectAltName=${names.join(',')}`] : [];
  try {
    return {
      root: make('root', 'root', 365, ['basicConstraints=critical,CA:TRUE']),
      middle: make('middle', 'root', 30, ['basicConstraints=critical,CA:TRUE']),
      leaf: make('leaf', 'middle', 365, ['basicConstraints=critical,CA:FALSE', ...alternatives]),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Writes a certificate and its key where a command finds them, and gives both files. */
export function writeCertificate(folder: string, pem: string, key: string): [string, string] {
  const files: [string, string] = [join(folder, 'fullchain.pem'), join(folder, 'privkey.pem')];
  writeFileSync(files[0], pem);
  writeFileSync(files[1], key);
  return files;
}
