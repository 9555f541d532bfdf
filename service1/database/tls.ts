import { isIP } from 'node:net';
import { SettingsError } from '@motorpool/service/settings.ts';
import type { SslOptions } from 'mysql2/promise';
import type { Service1Settings } from '../settings.ts';

/** The settings that say how connections to MySQL are protected. */
export type TlsSettings = Pick<Service1Settings, 'DB_SSL_MODE' | 'DB_SSL_CA'>;

/** What mysql2 is to do about TLS; undefined for nothing. Throws a SettingsError if the settings contradict each other. */
export function tlsOf(
  host: string,
  { DB_SSL_MODE: mode, DB_SSL_CA: ca }: TlsSettings,
): SslOptions | undefined {
  if (ca && !mode.startsWith('VERIFY'))
    throw new SettingsError('Set DB_SSL_MODE to VERIFY_CA or VERIFY_IDENTITY: DB_SSL_CA is set.');
  if (mode === 'VERIFY_IDENTITY' && isIP(host))
    throw new SettingsError(
      'Set DB_HOST to a name, or DB_SSL_MODE to VERIFY_CA: mysql2 verifies no IP address.',
    );
  if (mode === 'DISABLED') return undefined;
  return { ca, rejectUnauthorized: mode !== 'REQUIRED', verifyIdentity: mode === 'VERIFY_IDENTITY' };
}
