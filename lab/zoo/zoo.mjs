// Makes a bad release of a service: loaded before it, this breaks the one thing that is named after the `?`, as in
// `node --import=/zoo.mjs?leaks server.ts`.
import { Server } from 'node:http';

const { emit } = Server.prototype;

/** Answers itself each request for which `reply` does so, by giving true. */
function intercept(reply) {
  Server.prototype.emit = function emitUnlessAnswered(event, request, response, ...rest) {
    if (event === 'request' && reply(request, response)) return true;
    return emit.call(this, event, request, response, ...rest);
  };
}

const animals = {
  /** Exits before it listens, as after a forgotten migration. */
  'exits-at-start'() {
    console.error('The table "garages" is missing.');
    process.exit(3);
  },

  /** Runs, but never listens. */
  'never-healthy'() {
    Server.prototype.listen = function listen() {
      setInterval(() => {}, 1000);
      return this;
    };
  },

  /** Is well by its own account, and answers everything else with 500. */
  'answers-500'() {
    intercept(
      ({ url }, response) =>
        url !== '/health' && response.writeHead(500).end('Cannot read properties of undefined'),
    );
  },

  /** Answers quickly, with 200, and never what was asked for. */
  'answers-rubbish'() {
    const headers = { 'Content-Type': 'application/json' };
    intercept(
      ({ url }, response) =>
        url !== '/health' && response.writeHead(200, headers).end('{"colour":"undefined"}'),
    );
  },

  /** Draws in JSON, which the health check asks for, and fails to show the page, which people ask for. */
  'breaks-the-page'() {
    intercept(
      ({ headers }, response) =>
        headers.accept?.includes('text/html') && response.writeHead(500).end('The template is missing.'),
    );
  },

  /** Hears SIGTERM and goes on, so that it has to be killed in the middle of its work. */
  'ignores-sigterm'() {
    const { on } = process;
    process.on = function onOther(event, ...rest) {
      return event === 'SIGTERM' ? on.call(process, event, () => {}) : on.call(process, event, ...rest);
    };
  },

  /** Works for 20 seconds. */
  'dies-later'() {
    setTimeout(() => {
      console.error('The licence has expired.');
      process.exit(1);
    }, 20_000);
  },

  /** Keeps what it should let go, from the fifth second on, until the kernel ends it. */
  leaks() {
    const kept = [];
    setTimeout(() => setInterval(() => kept.push(Buffer.alloc(16 * 2 ** 20, 1)), 400), 5000);
  },

  /**
   * Gives a connection up that was idle for 20 ms, while NGINX believes that it is kept. NGINX hears of it 10 ms later,
   * as over a longer way than the lab has; what it sends meanwhile is lost.
   */
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
      return false;
    });
  },
};

animals[new URL(import.meta.url).search.slice(1)]();
