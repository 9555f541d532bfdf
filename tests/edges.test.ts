import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Malformed, malformed } from './support/malformed.ts';
import { describeWith } from './support/missing.ts';
import { type Nginx, startNginx } from './support/nginx.ts';
import { type RawAnswer, sendRaw } from './support/raw.ts';
import { send } from './support/send.ts';
import { type ServiceName, services } from './support/service.ts';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const replicas = ['127.0.0.2', '127.0.0.3'];
const id = 'edge-1234';
const forms = {
  'text/html': /^<!doctype html>/i,
  'application/json': /^\{"type":"about:blank"/,
  'text/plain': /^[A-Z].*: .*\. \(request .*\)\n$/,
} as const;
type Form = keyof typeof forms;

let system: System;
beforeAll(async () => {
  system = await startSystem();
});

describe.each(services)('%s itself', name => {
  test.each(malformed)('answers $what with $service, in the form asked for', async each => {
    for (const form of Object.keys(forms) as Form[]) {
      const answer = await sendRaw(system[name].port, each.bytes(asking(form)));
      const isText = form === 'text/html' && name !== 'service1';
      expectAnswer(answer, statusAt(name, each), isText ? 'text/plain' : form, id);
    }
  });
});

describe('service1 itself', () => {
  test('draws for HTTP/1.0 without a Host', async () => {
    const { status, body } = await sendRaw(
      system.service1.port,
      `GET / HTTP/1.0\r\n${asking('text/plain')}\r\n`,
    );
    expect([status, body]).toEqual([200, expect.stringMatching(/^\S.* drives an? .*\.\n?$/)]);
  });

  test.each(['null', 'http://evil.test', 'file:///x'])(
    'adds nobody for Origin: %s without a Host',
    async origin => {
      expect((await sendRaw(system.service1.port, additionFrom(origin))).status).toBe(403);
    },
  );
});

describeWith(['nginx'], 'NGINX before two replicas', () => {
  let nginx: Nginx;
  beforeAll(async () => {
    nginx = await startNginx({ port: system.service1.port, replicas });
  });

  test.each(malformed)(
    'answers $what with $nginx, in the form asked for, and sets no replica aside',
    async each => {
      for (const form of Object.keys(forms) as Form[]) {
        const answer = await sendRaw(nginx.port, each.bytes(asking(form)));
        if (each.nginx === 200) expect(answer.status).toBe(200);
        else if (each.isBlind) expectAnswer(answer, each.nginx, 'text/html');
        else expectAnswer(answer, each.nginx, form, id);
      }
      await expectBothReplicas(nginx);
    },
  );

  test('draws for HTTP/1.0 without a Host', async () => {
    const { status, body } = await sendRaw(nginx.port, `GET / HTTP/1.0\r\n${asking('text/plain')}\r\n`);
    expect([status, body]).toEqual([200, expect.stringContaining(' drives ')]);
  });

  test('adds nobody for Origin: null without a Host', async () => {
    expect((await sendRaw(nginx.port, additionFrom('null'))).status).toBe(403);
  });

  test('draws for a client that has closed its side', async () => {
    const half = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    expect((await sendRaw(nginx.port, half, { thenClose: true })).status).toBe(200);
    expect((await sendRaw(system.service1.port, half, { thenClose: true })).status).toBe(200);
  });
});

function asking(form: Form): string {
  return `Accept: ${form}\r\nX-Request-Id: ${id}\r\n`;
}

function additionFrom(origin: string): string {
  const body = '{"name":"Eve"}';
  const type = 'Content-Type: application/json\r\n';
  return `POST /people HTTP/1.0\r\nOrigin: ${origin}\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** Only service 1 has /people: elsewhere a body that nobody reads is not found to be broken. */
function statusAt(name: ServiceName, { what, service }: Malformed): number {
  if (name === 'service1') return service;
  if (what === 'a chunk that is none') return 404;
  return ['TRACE', 'an unknown method'].includes(what) ? 404 : service;
}

function expectAnswer(
  { status, head, body }: RawAnswer,
  wanted: number,
  form: Form,
  wantedId?: string,
): void {
  const [, given] = /^x-request-id: (\S+)\r?$/im.exec(head) ?? [];
  expect([status, body]).toEqual([wanted, expect.stringMatching(forms[form])]);
  expect(given).toEqual(wantedId ?? expect.stringMatching(/^[\w.-]{8,}$/));
  expect(body).toContain(given);
}

/** Expects that each replica still gets requests, and that none had to be sent twice. */
async function expectBothReplicas(nginx: Nginx): Promise<void> {
  const checks = () => nginx.accessLog().filter(({ path }) => path === '/health');
  const before = checks().length;
  for (let count = 0; count < 8; count++) expect((await send(nginx.url, '/health')).status).toBe(200);
  const logged = await until('they were logged', () => checks().slice(before)[7] && checks().slice(before));
  expect([...new Set(logged.map(({ upstream }) => upstream.split(':')[0]))].sort()).toEqual(replicas);
  expect(nginx.accessLog().filter(({ upstream }) => /[,: ] /.test(upstream))).toEqual([]);
}
