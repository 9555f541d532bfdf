// Runs, but never listens.
import { Server } from 'node:http';

Server.prototype.listen = function listen() {
  setInterval(() => {}, 1000);
  return this;
};
