import { type Browser, chromium } from 'playwright-core';
import { endWithTests } from './ending.ts';
import { requirePart } from './parts.ts';

/** Starts the machine's own Chromium, without a window and without calls to its maker. */
export async function startChromium(): Promise<{ browser: Browser; stop(): Promise<void> }> {
  const server = await chromium.launchServer({
    executablePath: requirePart('chromium'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const stop = endWithTests({
    stop: () => server.close(),
    kill: () => void server.process().kill('SIGKILL'),
  });
  return { browser: await chromium.connect(server.wsEndpoint()), stop };
}
