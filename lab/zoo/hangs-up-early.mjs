// Closes an idle connection after 20 ms, while NGINX believes that it is kept.
import { Server } from 'node:http';

const { listen } = Server.prototype;
Server.prototype.listen = function listenBriefly(...args) {
  this.keepAliveTimeout = 20;
  this.keepAliveTimeoutBuffer = 0;
  return listen.apply(this, args);
};
