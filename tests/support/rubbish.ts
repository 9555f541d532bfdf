import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { endWithTests } from './ending.ts';

/** What a broken part says on a connection: to a request, or, in place of MySQL, at once. */
export type Speech = (socket: Socket) => unknown;

const right = '{"number":1,"car":"saloon","cars":["saloon"],"name":"amber","hex":"#ffbf00","status":"ok"}';

/** What may stand in place of services 2, 3 and 4, by what it is. */
export const serviceRubbish: Record<string, Speech> = {
  'values of the wrong type': sayJson('{"number":"1","car":7,"cars":{},"name":7,"hex":"red","status":{}}'),
  'values out of range': sayJson('{"number":1e15,"car":"","cars":0,"name":"","hex":"#ffbf0","status":""}'),
  'nothing but null': sayJson('null'),
  'a page of HTML': socket => socket.write(httpAnswer('200 OK', 'text/html', '<h1>It works!</h1>')),
  'half a body': socket => socket.end(httpAnswer('200 OK', 'application/json', right).slice(0, -9)),
  'status 500': socket => socket.write(httpAnswer('500 Oops', 'application/json', right)),
  'a body without end': socket => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
    writeEndlessly(socket, Buffer.from(`10000\r\n${' '.repeat(0x10000)}\r\n`));
  },
  'words of another protocol': socket => socket.write('220 mail.example.com ESMTP ready\r\n'),
};

/** What may stand in place of MySQL, which speaks first. */
export const databaseRubbish: Record<string, Speech> = {
  'a page of HTML': socket => socket.write(httpAnswer('200 OK', 'text/html', '<h1>It works!</h1>')),
  'half a packet': socket => socket.end('\x4a\x00\x00\x00\x0a8.4'),
  'nothing but zeros': socket => socket.write(Buffer.alloc(64)),
  'bytes without end': socket => writeEndlessly(socket, Buffer.alloc(0x10000, 'y\n')),
};

/** Listens on a port of 127.0.0.1 in place of a part, and says rubbish to whoever connects. */
export async function startRubbish(
  port: number,
  speech: Speech,
  when: 'when asked' | 'at once',
): Promise<{ stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (when === 'at once') speech(socket);
    socket.on('data', () => when === 'when asked' && speech(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  function close(): void {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
  return { stop: endWithTests({ stop: close, kill: close }) };
}

function sayJson(body: string): Speech {
  return socket => socket.write(httpAnswer('200 OK', 'application/json', body));
}

function httpAnswer(status: string, type: string, body: string): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

// Some 60 MB a second: without a pause it would be this process, not the one under test, that has no time to listen.
function writeEndlessly(socket: Socket, bytes: Buffer): void {
  const timer = setInterval(() => socket.writableNeedDrain || socket.write(bytes), 1);
  socket.once('close', () => clearInterval(timer));
}
