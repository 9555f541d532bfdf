import type { BrowserContext } from 'playwright-core';

/**
 * Collects what pages do wrong from now on: requests to any other address than `origin`, scripts that throw, and
 * errors on the console, a breach of the Content-Security-Policy among them.
 */
export function complaintsOf(context: BrowserContext, origin: string): string[] {
  const complaints: string[] = [];
  context.on('request', request => {
    if (new URL(request.url()).origin !== origin) complaints.push(`a request to ${request.url()}`);
  });
  context.on('weberror', error => complaints.push(`a script threw ${error.error().message}`));
  context.on('console', message => {
    // Chromium says so of every page whose status is 4xx or 5xx, which the tests ask for.
    const isStatus =
      message.text().startsWith('Failed to load resource') &&
      message.location().url === message.page()?.url();
    if (message.type() === 'error' && !isStatus) complaints.push(message.text());
  });
  return complaints;
}
