import { connect, type Socket } from 'node:net';

const connectMs = 600;
const longestGreeting = 4096; // of MySQL it has some hundred bytes

/**
 * A connection to a host that should be MySQL; it breaks when the first packet announces more than a greeting has.
 * Else whoever says anything else there is read for megabytes, and parsed for a second in which nobody is served.
 */
export function connectSocket(host: string, port: number): Socket {
  // Without an initial delay the kernel's 7200 s applies, and a swarm's virtual address forgets after 900 s.
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 });
  socket.setTimeout(connectMs, () => socket.destroy(new Error('Nobody accepted the connection in time.')));
  socket.once('connect', () => socket.setTimeout(0));
  // mysql2 ends what it gives up, and would wait for the other side's end: a server that hangs never sends one.
  socket.once('finish', () => socket.destroy());
  socket.once('data', (bytes: Buffer) => {
    const length = bytes.length >= 3 ? bytes.readUIntLE(0, 3) : 0;
    if (length > longestGreeting) socket.destroy(new Error('What answers there is not MySQL.'));
  });
  return socket;
}
