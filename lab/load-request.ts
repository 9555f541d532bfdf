import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { FailoverKind } from './load.ts';
import type { Served } from './load-answer.ts';
import type { Target } from './load-targets.ts';

/** A request, and the check that throws if its answer is a bad one and else says who served it. */
export type Asked = {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body?: string;
  check(answer: Answer): Served;
};

export type Answer = { status: number; headers: IncomingHttpHeaders; body: string };

/** How far a request had come when it broke. */
type Stage = 'connecting' | 'waiting' | 'answering' | 'late';

class Broken extends Error {
  readonly stage: Stage;
  readonly isReused: boolean;

  constructor(stage: Stage, isReused: boolean, cause: unknown) {
    const code = (cause as NodeJS.ErrnoException).code;
    super(code ? `${sentences[stage]} (${code})` : sentences[stage], { cause });
    this.stage = stage;
    this.isReused = isReused;
  }
}

const sentences: Record<Stage, string> = {
  connecting: 'no connection',
  waiting: 'the connection broke before any answer',
  answering: 'the answer broke off',
  late: 'no answer in time',
};

/** Why the same request may go to another target without a risk that it is done twice; null if it may not. */
export function failoverKind({ method }: Asked, error: unknown): FailoverKind | null {
  if (!(error instanceof Broken)) return null;
  if (error.stage === 'connecting') return 'refused';
  if (error.stage !== 'waiting' || method !== 'GET') return null;
  return error.isReused ? 'brokenKept' : 'brokenNew';
}

/** Sends a request and gives its whole answer, whatever its status. Throws at the deadline (`performance.now()`). */
export function ask(asked: Asked, target: Target, isKept: boolean, deadline: number): Promise<Answer> {
  const { method, path, headers, body } = asked;
  const { host, port } = target;
  return new Promise((resolve, reject) => {
    const length: Record<string, number> =
      body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const agent = isKept ? target.kept : target.fresh;
    const sent = request({ host, port, method, path, headers: { ...headers, ...length }, agent });
    let isConnected = false;
    let readBefore = 0;
    let isLate = false;
    const timer = setTimeout(giveUp, Math.max(0, deadline - performance.now()));

    sent.on('socket', socket => {
      isConnected = !socket.connecting;
      readBefore = socket.bytesRead; // by earlier answers on a kept connection
      if (!isConnected) socket.once('connect', () => (isConnected = true));
    });
    sent.on('response', response => read(response).then(finish, fail));
    sent.on('error', fail);
    sent.end(body);

    function giveUp(): void {
      isLate = true;
      const late = new Error('the deadline has passed');
      sent.destroy(late);
      fail(late);
    }

    function finish(answer: Answer): void {
      clearTimeout(timer);
      if (performance.now() > deadline) giveUp();
      resolve(answer); // nothing happens if it was given up
    }

    function fail(error: unknown): void {
      clearTimeout(timer);
      reject(new Broken(stage(), sent.reusedSocket, error));
    }

    function stage(): Stage {
      if (isLate) return 'late';
      if (!isConnected) return 'connecting';
      return (sent.socket?.bytesRead ?? 0) > readBefore ? 'answering' : 'waiting';
    }
  });
}

function read(response: IncomingMessage): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let body = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    response.on('error', reject);
  });
}
