import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { endWithTests } from './ending.ts';

/** Serves a page of another site, with a form that posts to `action` the name that is given; gives its address. */
export async function startForeignPage(action: string, name: string): Promise<string> {
  const page = `<!doctype html><title>Win a car</title><form method="post" action="${action}">
<input type="hidden" name="name" value="${name}"><button>Claim your prize</button></form>`;
  const server = createServer(
    (_request, response) => void response.setHeader('Content-Type', 'text/html').end(page),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  endWithTests({ stop: close, kill: close });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
