import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { engine } from './engine.ts';

/** A Docker Engine that a test made up: HTTP on a socket, like the real one. */
export type TestEngine = {
  /** The address of its socket. */
  host: string;
  /** What it answers to requests by how they begin, like `GET /services`, or makes it; to others it has no leader. */
  answers: Record<string, unknown>;
  /** What it refuses with 404, and why; `answers` come first. */
  refusals: Record<string, string>;
  /** The requests that it got, without the API's version. */
  requests: string[];
  remove(): Promise<void>;
};

const noLeader = { message: 'rpc error: The swarm does not have a leader' };

/** Starts a made-up engine and puts it in the place of the real one, for all that this test file runs. */
export async function startTestEngine(): Promise<TestEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'motorpool-engine-'));
  const socket = join(folder, 'docker.sock');
  const server = createServer(async (request, response) => {
    const asked = await textOf(request);
    made.requests.push(asked);
    const begin = Object.keys(made.answers).find(known => asked.startsWith(known));
    const refused = Object.keys(made.refusals).find(known => asked.startsWith(known));
    response.statusCode = begin !== undefined ? 200 : refused ? 404 : 503;
    const refusal = refused ? { message: made.refusals[refused] } : noLeader;
    const answer = begin === undefined ? refusal : made.answers[begin];
    response.end(JSON.stringify(typeof answer === 'function' ? answer() : answer));
  });
  await new Promise<void>(resolve => server.listen(socket, resolve));
  const made: TestEngine = {
    host: `unix://${socket}`,
    answers: {},
    refusals: {},
    requests: [],
    async remove() {
      await engine.close();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
  process.env.DOCKER_HOST = made.host;
  return made;
}

/** `METHOD /path?query body`, the query as it was before it was encoded. */
async function textOf(request: IncomingMessage): Promise<string> {
  const path = decodeURIComponent(`${request.url}`.replace(/^\/v[\d.]+/, '').replaceAll('+', ' '));
  return `${request.method} ${path} ${await text(request)}`.trim();
}
