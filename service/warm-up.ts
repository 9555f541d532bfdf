import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Service } from './service.ts';
import { unrecorded } from './trace.ts';

const answers = 160; // from there on one takes as long as it will later
const patienceMs = 5000;
const forms = ['text/html', 'application/json'];

/**
 * Lets a service answer itself, where nobody else can ask it yet, until its code is compiled and its connections are
 * made. In an update a new replica gets its full share of the load at once, and a cold one needs ten times as long for
 * each answer. One after the other, since the others on its node have users to answer. Ends at the first answer that is
 * not 200, or after five seconds: what is missing may come later.
 */
export async function warmUp(server: Server, { log, metrics }: Service, path: string): Promise<void> {
  const { level } = log;
  log.level = 'silent';
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const deadline = performance.now() + patienceMs;
  for (let count = 0; count < answers && performance.now() < deadline; count += 1) {
    if (!(await isGood(url, forms[count % forms.length] ?? ''))) break;
  }
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
  metrics.registry.resetMetrics();
  log.level = level;
}

async function isGood(url: string, form: string): Promise<boolean> {
  const options = { headers: { Accept: form, ...unrecorded }, signal: AbortSignal.timeout(patienceMs) };
  return fetch(url, options).then(
    async response => (await response.arrayBuffer()) && response.status === 200,
    () => false,
  );
}
