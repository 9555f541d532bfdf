import { connect } from 'node:tls';
import type { Metrics } from '@motorpool/service/metrics.ts';
import { within } from '@motorpool/service/time-limit.ts';
import { Gauge } from 'prom-client';
import { tasksOf } from './fleet/place.ts';

const patienceMs = 500;
const keptMs = 60_000;

/**
 * Lets Prometheus see, for every NGINX behind the URL that serves HTTPS (at `port`), until when its certificate is valid.
 * It is looked for when Prometheus asks, and then kept for a minute.
 */
export function measureCertificates(
  { registry }: Pick<Metrics, 'registry'>,
  nginx: URL | undefined,
  port = 443,
): void {
  if (!nginx) return;
  let lookedAt = Number.NEGATIVE_INFINITY;
  new Gauge({
    name: 'tls_certificate_expiry_timestamp_seconds',
    help: 'When the certificate of an NGINX expires, in seconds since 1970, by its address; none without HTTPS.',
    labelNames: ['nginx'],
    registers: [registry],
    async collect() {
      if (performance.now() - lookedAt < keptMs) return;
      lookedAt = performance.now();
      const addresses = await tasksOf(nginx.hostname).catch((): string[] => []);
      const expiries = await Promise.all(addresses.map(address => expiryAt(address, port).catch(() => null)));
      this.reset();
      for (const [index, expiry] of expiries.entries())
        if (expiry !== null) this.set({ nginx: `${addresses[index]}` }, expiry / 1000);
    },
  });
}

/** When the certificate at an address expires, in ms since 1970. Throws if nothing answers there. */
function expiryAt(host: string, port: number): Promise<number> {
  const socket = connect({ host, port, rejectUnauthorized: false });
  const expiry = new Promise<number>((resolve, reject) => {
    socket.once('secureConnect', () => resolve(Date.parse(socket.getPeerCertificate().valid_to)));
    socket.on('error', reject);
  });
  return within(patienceMs, expiry).finally(() => socket.destroy());
}
