import { type Engine, openEngine } from './engine-api.ts';
import { findEngine } from './engine-place.ts';
import { openTunnel, type Tunnel } from './ssh-tunnel.ts';

let connection: Promise<Engine> | undefined;
let tunnel: Tunnel | undefined;

/** The engine that is deployed to, a manager of the swarm: it is looked for, once, when it is first asked. */
export const engine: Engine = {
  get: async (path, query, how) => (await connect()).get(path, query, how),
  post: async (path, body, query, how) => (await connect()).post(path, body, query, how),
  remove: async path => (await connect()).remove(path),
  async close() {
    await (await connection?.catch(() => undefined))?.close();
    await tunnel?.close();
    connection = tunnel = undefined;
  },
};

function connect(): Promise<Engine> {
  connection ??= open();
  return connection;
}

/** MOTORPOOL_SSH_ARGS are more arguments for ssh, where the engine is at an ssh:// address. */
async function open(): Promise<Engine> {
  const place = await findEngine();
  if (!place.host.startsWith('ssh:')) return openEngine(place);
  const sshArgs = (process.env.MOTORPOOL_SSH_ARGS ?? '').split(' ').filter(arg => arg !== '');
  tunnel = await openTunnel(place.host, sshArgs);
  process.env.DOCKER_HOST = tunnel.host; // for the docker clients that still are started
  return openEngine(tunnel);
}
