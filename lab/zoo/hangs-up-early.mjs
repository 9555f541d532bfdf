// Gives a connection up that was idle for 20 ms, while NGINX believes that it is kept. NGINX hears of it 10 ms later, as
// over a longer way than the lab has; what it sends meanwhile is lost.
import { Server } from 'node:http';

const idleSince = new WeakMap();
const { emit } = Server.prototype;
Server.prototype.emit = function emitUnlessGivenUp(event, request, response, ...rest) {
  if (event !== 'request') return emit.call(this, event, request, response, ...rest);
  const { socket } = request;
  const since = idleSince.get(socket);
  idleSince.delete(socket);
  if (since !== undefined && performance.now() - since > 20) return Boolean(socket.resetAndDestroy());
  response.once('finish', () => {
    const now = performance.now();
    idleSince.set(socket, now);
    setTimeout(() => idleSince.get(socket) === now && socket.end(), 30);
  });
  return emit.call(this, event, request, response, ...rest);
};
