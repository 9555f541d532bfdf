import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { connectSocket } from './mysql-socket.ts';

/** What a client hears of a server that says these bytes first: the bytes, or the message of its error. */
async function heard(...bytes: number[]): Promise<Buffer | string> {
  const server = createServer(socket => socket.on('error', () => {}).write(Buffer.from(bytes)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connectSocket('127.0.0.1', (server.address() as AddressInfo).port);
  try {
    return await new Promise(resolve => {
      socket.once('error', ({ message }) => resolve(message));
      socket.once('data', greeting => setImmediate(() => resolve(greeting)));
    });
  } finally {
    socket.destroy();
    server.close();
  }
}

test('a packet as long as a greeting may be passes', async () => {
  expect(await heard(0x00, 0x10, 0x00, 0x00, 0x0a)).toEqual(Buffer.from([0x00, 0x10, 0x00, 0x00, 0x0a]));
});

test('one that announces more breaks the connection, before it is read', async () => {
  expect(await heard(0x01, 0x10, 0x00, 0x00, 0x0a)).toBe('What answers there is not MySQL.');
});

test('a part of a header says nothing yet', async () => {
  expect(await heard(0xff, 0xff)).toEqual(Buffer.from([0xff, 0xff]));
});

test('what is given up is closed at once, though the other side never ends it', async () => {
  const server = createServer({ allowHalfOpen: true }, other => other.on('error', () => {}).resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connectSocket('127.0.0.1', (server.address() as AddressInfo).port);
  await once(socket, 'connect');
  socket.resume().end();
  try {
    await once(socket, 'close', { signal: AbortSignal.timeout(1000) });
  } finally {
    server.close();
    socket.destroy();
  }
});
