import { type Exchange, expectDescribed } from '../../service1/openapi/test-described.ts';

const ports = new Set<number>();

/** From now on whatever is sent to this port expects an answer that openapi.json describes. */
export function describePort(port: number): void {
  ports.add(port);
}

/** Whether answers at this port are described. */
export function isDescribed(port: number): boolean {
  return ports.has(port);
}

/** Throws if the answer is at a port that is described, and not as it is there. Two addresses are for programs inside alone. */
export function checkDescribed(port: number, exchange: Exchange): void {
  const isInside = exchange.status === 200 && /^\/(metrics|nginx-health)\b/i.test(exchange.path);
  if (isDescribed(port) && !isInside) expectDescribed(exchange);
}
