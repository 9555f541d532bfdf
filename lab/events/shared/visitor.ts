import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

// What held.ts runs, here or in a container, where there is nothing but Node.js: it says "held", and at the end what
// became of it. HOST PORT PATH holds half a request, HOST PORT PATH SECONDS an idle connection.
const [host = '', port = '', path = '', seconds] = process.argv.slice(1);
const knockEveryMs = 250;
const heldMs = 8000; // NGINX gives a body ten seconds, a service a request thirty

let isOver = false;
process.stdin.resume().on('end', () => {
  isOver = true;
});
console.log(await (seconds ? keepIdle(Number(seconds)) : holdRequest()));
process.exit();

/**
 * Holds half a request, a new one before the old one is too old, until nobody is let in any more; then sends the rest.
 * Gives the status line of the answer, and whether "Connection: close" has announced the end; or what went wrong.
 */
async function holdRequest(): Promise<string> {
  let held = await begin();
  console.log('held');
  for (let isAnnounced = false; !isOver; await pause(knockEveryMs)) {
    const knocked = await fetch(`http://${host}:${port}${path}`, { signal: AbortSignal.timeout(5000) }).catch(
      () => null,
    );
    if (knocked === null) return `${await held.finish()}${isAnnounced ? ', announced' : ''}`;
    await knocked.arrayBuffer();
    isAnnounced ||= knocked.headers.get('connection') === 'close';
    if (isAnnounced || performance.now() - held.since < heldMs) continue;
    const next = await begin().catch(() => null);
    if (next === null) continue;
    const status = await held.finish();
    if (!/^HTTP\S+ 201 /.test(status)) return status;
    held = next;
  }
  return `nobody was refused there before the end (${await held.finish()})`;
}

async function begin() {
  const name = `Held ${randomUUID().slice(0, 8)}`;
  const body = JSON.stringify({ name });
  const type = 'Content-Type: application/json\r\nAccept: application/json';
  const socket = await connected();
  const answer = answerOn(socket, name);
  socket.write(
    `POST /people HTTP/1.1\r\nHost: motorpool\r\n${type}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  socket.write(body.slice(0, 5));
  return {
    since: performance.now(),
    finish(): Promise<string> {
      socket.write(body.slice(5));
      return answer;
    },
  };
}

async function connected(): Promise<Socket> {
  const socket = connect(Number(port), host);
  await once(socket, 'connect');
  return socket;
}

async function answerOn(socket: Socket, name: string): Promise<string> {
  let text = '';
  try {
    for await (const part of socket.setEncoding('utf8')) text += part;
  } catch (error) {
    return `the connection broke before the whole answer (${error instanceof Error ? error.message : error})`;
  }
  if (text === '') return 'the connection was closed without an answer';
  return text.includes(`"name":"${name}"`) ? (text.split('\r\n')[0] ?? '') : text.slice(0, 300);
}

/** Asks once, keeps the connection, and gives whether that long nobody hung up. */
async function keepIdle(seconds: number): Promise<string> {
  const socket = await connected();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: motorpool\r\n\r\n`);
  await once(socket, 'data');
  console.log('held');
  const began = performance.now();
  const closed = once(socket.resume(), 'close').catch(() => {});
  const isKept = await Promise.race([closed.then(() => false), pause(seconds * 1000, true)]);
  return isKept ? 'kept' : `hung up after ${((performance.now() - began) / 1000).toFixed(1)} s`;
}
