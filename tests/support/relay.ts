import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { endWithTests } from './ending.ts';

/** A way to a port of 127.0.0.1 that knows how many connections there are on it. */
export type Relay = {
  port: number;
  /** How many the caller holds open, and how many the called one has not closed, gone as the caller may be. */
  open(): { caller: number; called: number };
};

/** Starts a relay to a port of 127.0.0.1. */
export async function startRelay(to: number): Promise<Relay> {
  const callers = new Set<Socket>();
  const called = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, caller => {
    const onward = connect({ host: '127.0.0.1', port: to, allowHalfOpen: true });
    for (const [socket, sockets] of [[caller, callers] as const, [onward, called] as const]) {
      sockets.add(socket.on('error', () => {}));
      socket.once('close', () => sockets.delete(socket));
    }
    caller.pipe(onward).pipe(caller);
    caller.once('end', () => caller.end());
    // Who has reset the connection has said nothing of an end.
    caller.once('close', () => onward.end());
    onward.once('close', () => caller.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function close(): void {
    server.close();
    for (const socket of [...callers, ...called]) socket.destroy();
  }
  endWithTests({ stop: close, kill: close });
  const { port } = server.address() as AddressInfo;
  return { port, open: () => ({ caller: callers.size, called: called.size }) };
}
