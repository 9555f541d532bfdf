// Is well by its own account, and answers everything else with 500.
import { Server } from 'node:http';

const { emit } = Server.prototype;
Server.prototype.emit = function emitOrFail(event, request, response, ...rest) {
  if (event !== 'request' || request.url === '/health')
    return emit.call(this, event, request, response, ...rest);
  response.writeHead(500).end('Cannot read properties of undefined');
  return true;
};
