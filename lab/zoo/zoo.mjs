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
  'ignores-sigterm': () => onSigterm(() => {}),
  // Lets go of all that it is in the middle of.
  'exits-on-sigterm': () => onSigterm(() => process.exit()),
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
};

function onSigterm(react) {
  const { on } = process;
  process.on = (event, listener) => on.call(process, event, event === 'SIGTERM' ? react : listener);
}

// Answers the requests that are meant in the place of the service.
function answer(isMeant, status, text, headers) {
  Server.prototype.emit = function emitUnlessMeant(event, request, response, ...rest) {
    if (event !== 'request' || !isMeant(request)) return emit.call(this, event, request, response, ...rest);
    response.writeHead(status, headers).end(text);
    return true;
  };
}

animals[new URL(import.meta.url).search.slice(1)]();
