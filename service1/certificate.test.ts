import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { expect, test } from '@jest/globals';
import { createMetrics } from '@motorpool/service/metrics.ts';
import { makeCertificate } from '../tests/support/certificate.ts';
import { freePort } from '../tests/support/free-port.ts';
import { measureCertificates } from './certificate.ts';

const nginx = new URL('http://127.0.0.1');

async function measured(port: number): Promise<string> {
  const metrics = createMetrics('service1');
  measureCertificates(metrics, nginx, port);
  return metrics.registry.getSingleMetricAsString('tls_certificate_expiry_timestamp_seconds');
}

test('it is measured when the certificate of NGINX expires', async () => {
  const folder = makeCertificate('motorpool.example');
  const [cert, key] = ['fullchain.pem', 'privkey.pem'].map(name => readFileSync(join(folder, name)));
  const server = createServer({ cert, key });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const text = await measured((server.address() as AddressInfo).port);
  server.close();
  const { validToDate } = new X509Certificate(`${cert}`);
  expect(text.split('\n')).toContainEqual(
    expect.stringMatching(
      new RegExp(`\\{nginx="127.0.0.1",service="service1"\\} ${validToDate.getTime() / 1000}$`),
    ),
  );
});

test('without HTTPS there is nothing to measure', async () => {
  expect(await measured(await freePort())).not.toContain('127.0.0.1');
});
