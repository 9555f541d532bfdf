import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { inTime } from '../tests/support/in-time.ts';
import { forked } from './test-fork.ts';

describe('When a service is told to stop', () => {
  test.concurrent.each(['SIGTERM', 'SIGINT'] as const)(
    'after %s it serves on, asks for closed connections, and exits with 0',
    async signal => {
      await using service = await forked({ DRAIN_MS: '3000' });
      await service.says('listening');
      expect((await service.ask('/health')).headers.get('Connection')).toBe('keep-alive');
      const began = performance.now();
      service.child.kill(signal);
      await service.says('stopping');
      const response = await service.ask('/health');
      expect([response.status, response.headers.get('Connection')]).toEqual([200, 'close']);
      expect(await service.exited).toEqual({ code: 0, signal: null });
      expect(performance.now() - began).toBeGreaterThan(2990);
      expect(service.output()).toMatch(/"stopping".*\nclosed\n.*"stopped"/s);
    },
  );

  test.concurrent('a request that is under way is answered before it exits', async () => {
    await using service = await forked();
    await service.says('listening');
    const answer = service.ask('/slow').then(response => response.text());
    await service.says('asked');
    service.child.kill('SIGTERM');
    await service.says('stopping');
    service.child.send('answer now');
    expect(await answer).toBe('done');
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  test.concurrent.each([
    ['says nothing', ''],
    ['has sent half a request line', 'GET /heal'],
    ['has sent half a head', 'GET /health HTTP/1.1\r\nHost: x\r\nAcc'],
    ['is kept after an answer', 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('a connection that %s does not hold it up', async (_what, bytes) => {
    await using service = await forked();
    await service.says('listening');
    await service.connect(bytes);
    service.child.kill('SIGTERM');
    expect(await inTime(3000, service.exited)).toEqual({ code: 0, signal: null });
  });

  test.concurrent('a request of which half has come is answered before it exits', async () => {
    await using service = await forked();
    await service.says('listening');
    const socket = await service.connect(`${postOf(2)}{`);
    service.child.kill('SIGTERM');
    await service.says('stopping');
    await pause(2500); // longer than half a head is waited for
    socket.write('}');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 .*\{\}$/s);
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  test.concurrent('a request that never ends, or is never answered, holds it up for ten seconds at most', async () => {
    await using service = await forked();
    await service.says('listening');
    await service.connect(`${postOf(9)}{`);
    service.ask('/slow').catch(() => {}); // never told to answer
    await service.says('asked');
    service.child.kill('SIGTERM');
    expect(await inTime(12_000, service.exited)).toEqual({ code: 0, signal: null });
  });

  test.concurrent('a connection that sends no whole request is closed: silent or half a head after five seconds, half a body after ten', async () => {
    await using service = await forked();
    await service.says('listening');
    const heard = (bytes: string) => service.connect(bytes).then(text);
    const [nothing, early, late] = await Promise.all([
      inTime(7000, heard('')),
      inTime(7000, heard('GET /health HT')),
      inTime(12_000, heard(`${postOf(9)}{`)),
    ]);
    expect(nothing).toBe('');
    expect(early).toMatch(/^HTTP\/1.1 408 .*X-Request-Id: .*This took too long/s);
    expect(late).toMatch(/^HTTP\/1.1 408 .*"status":408/s);
  });

  test.concurrent('it stops also while it warms up', async () => {
    await using service = await forked({ WARM_UP_PATH: '/slow' });
    await service.says('asked');
    service.child.kill('SIGTERM');
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  test.concurrent('a second signal ends it at once', async () => {
    await using service = await forked({ DRAIN_MS: '60000' });
    await service.says('listening');
    service.child.kill('SIGINT');
    await service.says('stopping');
    service.child.kill('SIGINT');
    expect(await service.exited).toEqual({ code: 1, signal: null });
  });

  test.concurrent('it stops when the parent that forked it is gone', async () => {
    await using service = await forked();
    await service.says('listening');
    service.child.disconnect();
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(service.output()).toContain('parent gone');
  });
});

function postOf(length: number): string {
  const head = 'POST /body HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n';
  return `${head}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
}
