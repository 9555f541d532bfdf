import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A TCP port that nothing listens on, at any address of this machine. It lies below those that a system gives to
 * outgoing connections, one of which might take it before it is used.
 */
export async function freePort(): Promise<number> {
  const port = 10_000 + Math.floor(Math.random() * 22_000);
  const server = createServer().listen(port);
  try {
    await once(server, 'listening');
  } catch {
    return freePort();
  }
  server.close();
  await once(server, 'close');
  return port;
}
