import { connect } from 'node:net';

const inFlight = 400;
const patienceMs = 1000;

/** The TCP ports of a host that accept a connection from here, in order: all 65,535 are tried. */
export async function openPorts(host: string): Promise<number[]> {
  const open: number[] = [];
  let next = 1;
  async function scan(): Promise<void> {
    while (next <= 65_535) {
      const port = next++;
      if (await accepts(host, port)) open.push(port);
    }
  }
  await Promise.all(Array.from({ length: inFlight }, scan));
  return open.sort((one, other) => one - other);
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port, timeout: patienceMs });
    const end = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false));
  });
}
