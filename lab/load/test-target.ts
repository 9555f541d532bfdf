import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createPages } from '../../service1/pages.ts';
import { startReplica } from '../../tests/support/replica.ts';

/** A stand-in for a node's NGINX, on a free port, with what it was asked. */
export type TestTarget = Awaited<ReturnType<typeof startTarget>>;

/** Starts a target that answers every request well, or by `answer` where that is given. */
export async function startTarget(answer: RequestListener = answerWell) {
  const target = await startReplica('127.0.0.1', 0, answer);
  return { ...target, origin: `http://127.0.0.1:${target.port}` };
}

/** Answers as the product does when all is well. */
export async function answerWell(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const id = String(request.headers['x-request-id']);
  response.setHeader('X-Request-Id', id).setHeader('X-Instance', 'one').setHeader('X-Version', '1.0');
  if (request.method === 'POST') {
    const { name } = JSON.parse((await request.toArray()).join(''));
    response.writeHead(201).end(JSON.stringify({ id: Number.parseInt(name.slice(5), 10), name }));
    return;
  }
  const { failures, ...draw } = drawFor(id);
  response.end(request.headers.accept === 'text/html' ? pageOf({ failures, ...draw }) : JSON.stringify(draw));
}

const pages = createPages({ instance: 'one', version: '1.0' });
const step = (instance: string) => ({ instance, version: '2.0', startedAt: 0, milliseconds: 1, error: null });

/** A draw as service 1 makes it, the receipt for a request with this id. */
export function drawFor(requestId: string) {
  const steps = {
    service2: step('two'),
    database: step('mysql'),
    service3: step('three'),
    service4: step('four'),
  };
  return {
    person: { id: 7, name: 'Amelia' },
    car: 'hatchback',
    colour: { name: 'amber', hex: '#ffbf00' },
    sentence: 'Amelia drives an amber hatchback.',
    receipt: { requestId, steps },
    failures: [],
  };
}

/** The product's own page of a draw. */
export function pageOf(draw: Parameters<typeof pages.draw>[0]): string {
  return pages.draw(draw, null);
}
