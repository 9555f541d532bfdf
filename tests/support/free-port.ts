import { once } from 'node:events';
import { createServer } from 'node:net';

// Each of Jest's workers has ports of its own, and gives none twice in a test file: what was free a moment ago might else
// be given to two. They lie below those that a system gives to outgoing connections.
const [first, perWorker, workers] = [10_000, 5500, 4];
const worker = Number(process.env.JEST_WORKER_ID ?? 0) % workers;
let next = Math.floor(Math.random() * perWorker);

/** A TCP port that nothing listens on, at any address of this machine. */
export async function freePort(): Promise<number> {
  next = (next + 1) % perWorker;
  const port = first + worker * perWorker + next;
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
