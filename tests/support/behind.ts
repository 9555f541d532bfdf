import type { RequestListener } from 'node:http';
import { afterEach } from '@jest/globals';
import { freePort } from './free-port.ts';
import { type AccessLogLine, type Nginx, startNginx } from './nginx.ts';
import { type Replica, startReplica } from './replica.ts';
import { until } from './until.ts';

/** NGINX, and the stand-ins of service 1 behind it. */
export type Behind = { nginx: Nginx; replicas: Replica[] };

type NginxOptions = Pick<Parameters<typeof startNginx>[0], 'settings' | 'certificate'>;

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of started.splice(0).reverse()) await part.stop();
});

/** Starts a stand-in of service 1 for each answer, at 127.0.0.2 and on, and NGINX in front of them; they end with the test. */
export function startBehind(...answers: RequestListener[]): Promise<Behind> {
  return startSet({}, ...answers);
}

/** The same with settings of NGINX, and a certificate. */
export async function startSet(options: NginxOptions, ...answers: RequestListener[]): Promise<Behind> {
  const { nginx, replicas } = await startWith(options, answers);
  for (const part of [...replicas, nginx]) keep(part);
  return { nginx, replicas };
}

/** The same for a test that mostly waits and runs beside the others; they end with the last test. */
export function startApart(...answers: RequestListener[]): Promise<Behind> {
  return startWith({}, answers);
}

async function startWith(options: NginxOptions, answers: RequestListener[]): Promise<Behind> {
  const port = await freePort();
  const replicas: Replica[] = [];
  for (const [index, answer] of answers.entries()) {
    replicas.push(await startReplica(`127.0.0.${index + 2}`, port, answer));
  }
  const nginx = await startNginx({ ...options, port, replicas: replicas.map(replica => replica.address) });
  return { nginx, replicas };
}

/** Lets a part end with the test. */
export function keep<Part extends { stop(): Promise<void> }>(part: Part): Part {
  started.push(part);
  return part;
}

/** The first line of the access log that fits, which NGINX writes when the answer is already sent. */
export function logged(nginx: Nginx, fits: (line: AccessLogLine) => boolean): Promise<AccessLogLine> {
  return until('the line was written', () => nginx.accessLog().find(fits));
}

/** Answers with the headers that came, as JSON. */
export const echo: RequestListener = (request, response) => {
  request.resume();
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(request.headers));
};
