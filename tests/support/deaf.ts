import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { endWithTests } from './ending.ts';

// Listens, and never accepts what comes, since its thread is blocked.
const listening = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ port: workerData, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

/** A port of 127.0.0.1 (a free one, unless given) where every SYN is dropped, as that of a node that is gone. */
export async function startDeaf(port = 0) {
  const worker = new Worker(listening, { eval: true, workerData: port });
  const [listenedOn] = await once(worker, 'message');
  // Linux takes one more than the backlog; then nothing is heard any more.
  const filling = [1, 2].map(() => connect(listenedOn, '127.0.0.1').on('error', () => {}));
  await Promise.all(filling.map(socket => once(socket, 'connect')));

  async function stop(): Promise<void> {
    for (const socket of filling) socket.destroy();
    await worker.terminate();
  }
  return { port: Number(listenedOn), stop: endWithTests({ stop, kill: () => void worker.terminate() }) };
}
