import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, jest } from '@jest/globals';
import { engine } from './engine.ts';

/** A swarm that tests make up, a new one for each test. */
export type TestSwarm = {
  /** Its Docker Engine: HTTP on a socket, like the real one. */
  engine: {
    /** The address of its socket. */
    host: string;
    /** What it answers to requests by how they begin, like `GET /services`, or makes it; to others it has no leader. */
    answers: Record<string, unknown>;
    /** What it refuses with 404, and why; `answers` come first. */
    refusals: Record<string, string>;
    /** The requests that it got, without the API's version. */
    requests: string[];
  };
  /** Its docker client. */
  docker: {
    /** What it prints for commands by how they begin; a command that is not there fails. Each call adds some. */
    answer(answers: Record<string, string>): Promise<void>;
    /** The commands it was given. */
    commands(): Promise<string[]>;
  };
  /** What was printed about it. */
  said: string[];
};

const noLeader = { message: 'rpc error: The swarm does not have a leader' };

/** Puts a made-up swarm in the place of the real one, for all that this test file runs. */
export function testSwarm(): TestSwarm {
  const made = { host: '', answers: {}, refusals: {}, requests: [] } as TestSwarm['engine'];
  const said: string[] = [];
  const printed = new Map<string, string>();
  let folder: string;

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

  async function answer(answers: Record<string, string>): Promise<void> {
    for (const [command, lines] of Object.entries(answers)) printed.set(command, lines);
    const cases = [...printed].map(([command, lines]) => `${quoted(command)}*) echo ${quoted(lines)} ;;`);
    const others = `*) echo "${noLeader.message}" >&2; exit 1 ;;`;
    const script = `#!/usr/bin/env bash\necho "$*" >>"$0.log"\ncase "$*" in\n${[...cases, others].join('\n')}\nesac\n`;
    await writeFile(join(folder, 'docker'), script);
    await chmod(join(folder, 'docker'), 0o755);
  }
  const commands = async () => (await readFile(join(folder, 'docker.log'), 'utf8')).trim().split('\n');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'motorpool-swarm-'));
    const socket = join(folder, 'docker.sock');
    await new Promise<void>(resolve => server.listen(socket, resolve));
    Object.assign(made, { host: `unix://${socket}`, answers: {}, refusals: {}, requests: [] });
    printed.clear();
    await answer({});
    process.env.DOCKER_HOST = made.host;
    process.env.MOTORPOOL_DOCKER = join(folder, 'docker');
    said.length = 0;
    jest.spyOn(console, 'log').mockImplementation(line => void said.push(`${line}`));
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await engine.close();
    server.close();
    await rm(folder, { recursive: true });
  });
  return { engine: made, docker: { answer, commands }, said };
}

/** `METHOD /path?query body`, the query as it was before it was encoded. */
async function textOf(request: IncomingMessage): Promise<string> {
  const path = decodeURIComponent(`${request.url}`.replace(/^\/v[\d.]+/, '').replaceAll('+', ' '));
  return `${request.method} ${path} ${await text(request)}`.trim();
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
