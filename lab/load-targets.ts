import { Agent } from 'node:http';

/** An address that the load asks, with the connections that are kept alive and those that are made anew. */
export type Target = { origin: string; host: string; port: number; kept: Agent; fresh: Agent };

/** The targets of a load, in turn; those to avoid are left out until they are used again. */
export function openTargets(origins: string[]) {
  const all = origins.map(openTarget);
  let usable = [...all];

  return {
    /** The target whose turn it is; undefined when all are avoided. */
    inTurn: (turn: number): Target | undefined => usable[turn % usable.length],

    /** The target after this one; undefined when there is no other. */
    after(target: Target): Target | undefined {
      const next = usable[(usable.indexOf(target) + 1) % usable.length];
      return next === target ? undefined : next;
    },

    avoid(origin: string): void {
      usable = usable.filter(target => target.origin !== origin);
      for (const target of all) if (target.origin === origin) forgetConnections(target);
    },

    use(origin: string): void {
      usable = all.filter(target => target.origin === origin || usable.includes(target));
    },
  };
}

function openTarget(origin: string): Target {
  const { hostname, port } = new URL(origin);
  return { origin, host: hostname, port: Number(port) || 80, kept: keepAlive(), fresh: new Agent() };
}

function keepAlive(): Agent {
  return new Agent({ keepAlive: true, maxFreeSockets: Number.POSITIVE_INFINITY });
}

// A dead node's idle connections would hang when it is back; those in use may still get their answer.
function forgetConnections(target: Target): void {
  const idle = Object.values(target.kept.freeSockets).flatMap(sockets => sockets ?? []);
  for (const socket of idle) socket.destroy();
  target.kept = keepAlive();
}
