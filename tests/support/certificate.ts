import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

const script = join(import.meta.dirname, '../../scripts/make-certificate.sh');

/** Makes a certificate of one's own and gives the folder with fullchain.pem and privkey.pem. */
export function makeCertificate(...names: string[]): string {
  const { path } = temporaryFolder('certificate');
  execFileSync('bash', [script, ...names], { cwd: path, stdio: 'ignore' });
  return join(path, 'certificate');
}
