import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPages } from '../../service1/pages.ts';

/** A stand-in for a node's NGINX, on a free port. */
export type TestTarget = {
  origin: string;
  connections(): number;
  /** By method and Accept, like `GET text/html`. */
  asked: string[];
  close(): Promise<void>;
};

/** Answers a request; false: it leaves that to the good answer. */
export type Answering = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Starts a target that answers every request well, but for those that `instead` answers. */
export async function startTarget(instead: Answering = () => false): Promise<TestTarget> {
  const asked: string[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.headers.accept}`);
    if (!instead(request, response)) answerWell(request, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    connections: () => connections,
    asked,
    async close() {
      const closed = new Promise(resolve => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answerWell(request: IncomingMessage, response: ServerResponse): Promise<void> {
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
