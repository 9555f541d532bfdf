import { connect, getCiphers, type SecureVersion } from 'node:tls';

/** What a port agrees to: versions of TLS, and ciphers of TLS 1.2. */
export type Scanned = { versions: string[]; ciphers: string[] };

const versions: SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const all = 'ALL:@SECLEVEL=0'; // else OpenSSL itself offers nothing old

/** Offers a port of this machine each version, and each cipher of TLS 1.2 by itself. */
export async function scanTls(port: number): Promise<Scanned> {
  const agreed = await Promise.all(versions.map(version => offer(port, version, all)));
  const known = getCiphers().filter(name => !name.startsWith('tls_'));
  const found = await Promise.all(
    known.map(name => offer(port, 'TLSv1.2', `${name.toUpperCase()}:@SECLEVEL=0`)),
  );
  const ciphers = found.flatMap(one => (one ? [one.cipher] : []));
  return { versions: agreed.flatMap(one => (one ? [one.version] : [])), ciphers: ciphers.sort() };
}

function offer(port: number, version: SecureVersion, ciphers: string) {
  const options = { minVersion: version, maxVersion: version, ciphers, rejectUnauthorized: false };
  return new Promise<{ version: string; cipher: string } | null>(resolve => {
    const socket = connect({ port, host: '127.0.0.1', ...options }, () => {
      resolve({ version: `${socket.getProtocol()}`, cipher: socket.getCipher().name });
      socket.destroy();
    });
    socket.once('error', () => resolve(null));
  });
}
