import { Pool } from 'undici';
import { DockerError } from './docker.ts';

/** Asks a Docker Engine over kept-alive connections: what starting a docker client for each look would cost. */
export type Engine = {
  /** What the engine says of a path, as of `/services`; `query` may hold filters. Throws a DockerError. */
  get<Value>(path: string, query?: Query, how?: How): Promise<Value>;
  /** Sends something to a path, and gives the answer. Throws a DockerError. */
  post<Value>(path: string, body: object, query?: Query, how?: How): Promise<Value>;
  /** Removes what a path names. Throws a DockerError. */
  remove(path: string): Promise<void>;
  close(): Promise<void>;
};

/** The parameters of a request; what is no string goes as JSON. */
export type Query = Record<string, unknown>;

/** Headers of a request, and how long its answer may take; half a minute unless it says so. */
export type How = { headers?: Record<string, string>; patienceMs?: number };

/** Where an engine is: a unix:// or tcp:// address, and what TLS needs for it. */
export type EnginePlace = { host: string; tls?: { ca: Buffer; cert: Buffer; key: Buffer } };

const apiVersion = 'v1.44'; // of Engine 25, and the oldest that Engine 29 answers
const usualPatienceMs = 30_000; // a swarm that elects its leader takes its time

/** The way to the engine at a place; a connection is made when something is asked. */
export function openEngine({ host, tls }: EnginePlace): Engine {
  const { protocol, host: address, pathname } = new URL(host);
  const origin = protocol === 'unix:' ? 'http://docker' : `http${tls ? 's' : ''}://${address}`;
  const connect = { ...tls, ...(protocol === 'unix:' && { socketPath: pathname }) };
  const client = new Pool(origin, { connect, connections: 8 }); // for one answer may hang on a registry

  async function ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    query: Query = {},
    { headers = {}, patienceMs = usualPatienceMs }: How = {},
    body?: object,
  ) {
    const { statusCode, text } = await client
      .request({
        method,
        path: `/${apiVersion}${path}${textOf(query)}`,
        headers: { 'content-type': 'application/json', ...headers },
        headersTimeout: patienceMs,
        bodyTimeout: patienceMs,
        body: body === undefined ? null : JSON.stringify(body),
      })
      .then(async answer => ({ statusCode: answer.statusCode, text: await answer.body.text() }))
      .catch(error => {
        throw new DockerError(`The Docker Engine at ${host} does not answer: ${error.message}`, {
          cause: error,
        });
      });
    if (statusCode >= 400)
      throw new DockerError(`The Docker Engine refuses ${method} ${path}: ${reasonIn(text)}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  return {
    get: (path, query, how) => ask('GET', path, query, how),
    post: (path, body, query, how) => ask('POST', path, query, how, body),
    remove: path => ask('DELETE', path),
    close: () => client.close(),
  };
}

function textOf(query: Query): string {
  const texts = Object.entries(query).map(([key, value]): [string, string] => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return texts.length > 0 ? `?${new URLSearchParams(texts)}` : '';
}

function reasonIn(text: string): string {
  try {
    return JSON.parse(text).message;
  } catch {
    return text.trim();
  }
}
