// Prints, as JSON, the TCP ports of the host named in the first argument that accept a connection from here; all 65,535
// are tried. It needs nothing beside itself, so that it runs in any container with Node.js.
import { connect } from 'node:net';

const host = process.argv[2];
const inFlight = 400;
const patienceMs = 1000;
const open: number[] = [];
let next = 1;

await Promise.all(Array.from({ length: inFlight }, scan));
console.log(JSON.stringify(open.sort((one, other) => one - other)));

async function scan(): Promise<void> {
  while (next <= 65_535) {
    const port = next++;
    if (await accepts(port)) open.push(port);
  }
}

function accepts(port: number): Promise<boolean> {
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
