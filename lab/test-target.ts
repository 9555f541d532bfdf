import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A stand-in for a node's NGINX, on a free port. */
export type TestTarget = {
  origin: string;
  connections(): number;
  /** By method and Accept, like `GET text/html`. */
  asked: string[];
  close(): Promise<void>;
};

type Answering = (request: IncomingMessage, response: ServerResponse) => void;

/** Starts a target that answers every request well, but for those that `instead` answers (true: it has). */
export async function startTarget(
  instead: (...args: Parameters<Answering>) => boolean = () => false,
): Promise<TestTarget> {
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

const answerWell: Answering = async (request, response) => {
  response.setHeader('X-Instance', 'one').setHeader('X-Version', '1.0');
  if (request.method === 'POST') {
    const { name } = JSON.parse((await request.toArray()).join(''));
    response.writeHead(201).end(JSON.stringify({ id: Number.parseInt(name.slice(5), 10), name }));
    return;
  }
  response.end(request.headers.accept === 'text/html' ? page : JSON.stringify(draw));
};

const page = '<!doctype html>\n<h1><bdi>Amelia</bdi> drives an amber hatchback.</h1>\n</html>\n';
const step = (instance: string) => ({ instance, version: '2.0', startedAt: 0, milliseconds: 1, error: null });
const draw = {
  person: { id: 7, name: 'Amelia' },
  car: 'hatchback',
  colour: { name: 'amber', hex: '#ffbf00' },
  sentence: 'Amelia drives an amber hatchback.',
  receipt: {
    requestId: 'a',
    steps: {
      service2: step('two'),
      database: step('mysql'),
      service3: step('three'),
      service4: step('four'),
    },
  },
};
