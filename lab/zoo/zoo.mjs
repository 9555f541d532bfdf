// Makes a bad release of a service: loaded before it, this breaks the one thing that is named after the `?`, as in
// `node --import=/zoo.mjs?leaks server.ts`.
import { Server } from 'node:http';

const { emit } = Server.prototype;
const isDraw = ({ url }) => url !== '/health';
const isPage = ({ headers }) => headers.accept?.includes('text/html');

const animals = {
  // As after a forgotten migration.
  'exits-at-start'() {
    console.error('The table "garages" is missing.');
    process.exit(3);
  },
  // Runs, but never listens.
  'never-healthy'() {
    Server.prototype.listen = () => setInterval(() => {}, 1000);
  },
  // Is well by its own account.
  'answers-500': () => answer(isDraw, 500, 'Cannot read properties of undefined'),
  // Quickly, and never what was asked for.
  'answers-rubbish': () =>
    answer(isDraw, 200, '{"colour":"undefined"}', { 'Content-Type': 'application/json' }),
  // Draws in JSON, which the health check asks for, and fails to show the page, which people ask for.
  'breaks-the-page': () => answer(isPage, 500, 'The template is missing.'),
  // Has to be killed in the middle of its work.
  'ignores-sigterm'() {
    const { on } = process;
    process.on = (event, listener) => on.call(process, event, event === 'SIGTERM' ? () => {} : listener);
  },
  'dies-later'() {
    setTimeout(() => {
      console.error('The licence has expired.');
      process.exit(1);
    }, 20_000);
  },
  // From the fifth second on, until the kernel ends it.
  leaks() {
    const kept = [];
    setTimeout(() => setInterval(() => kept.push(Buffer.alloc(16 * 2 ** 20, 1)), 400), 5000);
  },
  // Gives a connection up that was idle for 20 ms, while NGINX believes that it is kept. NGINX hears of it 10 ms later,
  // as over a longer way than the lab has; what it sends meanwhile is lost.
  'hangs-up-early'() {
    const idleSince = new WeakMap();
    intercept(({ socket }, response) => {
      const since = idleSince.get(socket);
      idleSince.delete(socket);
      if (since !== undefined && performance.now() - since > 20) return socket.resetAndDestroy();
      response.once('finish', () => {
        const now = performance.now();
        idleSince.set(socket, now);
        setTimeout(() => idleSince.get(socket) === now && socket.end(), 30);
      });
    });
  },
};

// Keeps each request from the service for which `take` gives something.
function intercept(take) {
  Server.prototype.emit = function emitUnlessTaken(event, request, response, ...rest) {
    if (event === 'request' && take(request, response)) return true;
    return emit.call(this, event, request, response, ...rest);
  };
}

function answer(isMeant, status, text, headers) {
  intercept((request, response) => isMeant(request) && response.writeHead(status, headers).end(text));
}

animals[new URL(import.meta.url).search.slice(1)]();
