// Answers quickly, with 200, and never what was asked for.
import { Server } from 'node:http';

const { emit } = Server.prototype;
Server.prototype.emit = function emitRubbish(event, request, response, ...rest) {
  if (event !== 'request' || request.url === '/health')
    return emit.call(this, event, request, response, ...rest);
  response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"colour":"undefined"}');
  return true;
};
