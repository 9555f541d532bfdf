import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

// What held.ts runs, here or in a container, where there is nothing but Node.js. It says "held", and at the end what
// became of it. HOST PORT PATH holds half a request, HOST PORT PATH SECONDS an idle connection.
const [host = '', port = '', path = '', seconds] = process.argv.slice(1);
const knockEveryMs = 200;
const patienceMs = 15_000;
const heldMs = 5000; // NGINX waits ten seconds for a body, and so does a service, three of them while it drains

let isOver = false;
process.stdin.resume().on('end', () => {
  isOver = true;
});
console.log(await (seconds ? keepIdle(Number(seconds)) : holdRequest()));
process.exit();

/**
 * Holds half a request, a new one before the old one is too old, until nobody is let in any more; then sends the rest.
 * Gives the status line of its answer, or why there is none; whether "Connection: close" had announced the end; and
 * for how long nobody was let in.
 */
async function holdRequest(): Promise<string> {
  let held = await begin();
  console.log('held');
  let openAt = performance.now();
  for (let isAnnounced = false; !isOver; await pause(knockEveryMs)) {
    const open = await knock();
    if (!open) return `${await held.finish()}${isAnnounced ? ', announced' : ''}${await closedSince(openAt)}`;
    openAt = performance.now();
    isAnnounced ||= open.headers.get('connection') === 'close';
    const next = isAnnounced || openAt - held.since < heldMs ? null : await begin().catch(() => null);
    if (!next) continue;
    const status = await held.finish();
    if (!status.startsWith('201')) return status;
    held = next;
  }
  return `nobody was refused there (${await held.finish()})`;
}

async function knock(): Promise<Response | null> {
  const asked = fetch(`http://${host}:${port}${path}`, { signal: AbortSignal.timeout(5000) });
  return asked.then(response => response.text().then(() => response)).catch(() => null);
}

async function closedSince(openAt: number): Promise<string> {
  for (; !isOver; await pause(knockEveryMs)) if (await knock()) return `, closed for ${secondsSince(openAt)}`;
  return '';
}

async function begin() {
  const body = JSON.stringify({ name: `Held ${randomUUID().slice(0, 8)}` });
  const type = 'Content-Type: application/json\r\nAccept: application/json';
  const socket = connect(Number(port), host);
  await once(socket, 'connect');
  const answer = Array.fromAsync(socket.setEncoding('utf8')).then(
    parts => parts.join('') || 'the connection was closed without an answer',
    error => `the connection broke (${error.code})`,
  );
  socket.write(`POST /people HTTP/1.1\r\nHost: motorpool\r\n${type}\r\nConnection: close\r\n`);
  socket.write(`Content-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`);
  return {
    since: performance.now(),
    async finish(): Promise<string> {
      socket.write(body.slice(5));
      const text = await Promise.race([
        answer,
        pause(patienceMs, 'the connection broke (nothing came any more)'),
      ]);
      return text.includes(body.slice(1))
        ? (text.split('\r\n')[0]?.slice('HTTP/1.1 '.length) ?? '')
        : text.slice(0, 300);
    },
  };
}

/** Asks once, keeps the connection, and gives whether nobody hung up for so long. */
async function keepIdle(seconds: number): Promise<string> {
  const socket = connect(Number(port), host, () =>
    socket.write(`GET ${path} HTTP/1.1\r\nHost: motorpool\r\n\r\n`),
  );
  await once(socket, 'data');
  console.log('held');
  const began = performance.now();
  const closed = once(socket.resume(), 'close').then(() => `hung up after ${secondsSince(began)}`);
  return Promise.race([closed, pause(seconds * 1000, 'kept')]);
}

function secondsSince(time: number): string {
  return `${((performance.now() - time) / 1000).toFixed(1)} s`;
}
