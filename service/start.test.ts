import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { freePort } from '../tests/support/free-port.ts';
import { until } from '../tests/support/until.ts';
import { commonSettings } from './common-settings.ts';
import { createBase, createService } from './service.ts';
import { readSettings } from './settings.ts';
import { StartError, start } from './start.ts';
import { forked } from './test-fork.ts';
import { listenWith } from './test-replica.ts';

describe('When a service runs as a process', () => {
  test.concurrent('a taken port ends it with one sentence that names the port and PORT, and exit code 1', async () => {
    await using other = await listenWith(() => {});
    await using service = await forked({ PORT: `${other.port}` });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    const sentence = `Port ${other.port} is taken; stop what listens there, or set PORT to another one.\n`;
    expect(service.output()).toBe(sentence);
  });

  test.concurrent('wrong settings end it with a sentence each, and exit code 1', async () => {
    await using service = await forked({ PORT: 'x', DRAIN_MS: 'y' });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(service.output()).toMatch(/^Expected PORT .*\nExpected DRAIN_MS .*\n$/);
  });
});

describe('When a service is started here', () => {
  const exit = jest.spyOn(process, 'exit').mockReturnValue(undefined as never);
  const said = jest.spyOn(console, 'error').mockReturnValue();
  afterEach(() => {
    process.exitCode = undefined;
    for (const signal of ['SIGTERM', 'SIGINT', 'disconnect']) process.removeAllListeners(signal);
    jest.clearAllMocks();
  });

  function built(port: number, host = '127.0.0.1') {
    const environment = { PORT: `${port}`, HOST: host, DRAIN_MS: '0', LOG_LEVEL: 'silent' };
    const close = jest.fn(async () => {});
    const base = createBase('service9', readSettings(commonSettings(5000), environment));
    return { service: createService(base, []), close };
  }

  test('what is wrong with it is said, and no more', async () => {
    await start(() => {
      throw new StartError('Expected cars.json to hold cars.');
    });
    expect(said.mock.calls).toEqual([['Expected cars.json to hold cars.']]);
    expect(process.exitCode).toBe(1);
    expect(exit).toHaveBeenCalledTimes(1);
  });

  test('a taken port is said', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    await start(() => built(Object(other.address()).port));
    expect(said.mock.calls[0]?.[0]).toMatch(/^Port \d+ is taken; .* PORT /);
    other.close();
  });

  test('an address that is not its own is said in one sentence', async () => {
    const said = jest.spyOn(console, 'error').mockImplementation(() => {});
    await start(() => built(5000, '192.0.2.1'));
    expect(said.mock.calls).toEqual([
      ['Nothing can listen at 192.0.2.1, port 5000 (EADDRNOTAVAIL); set HOST to another one.'],
    ]);
    expect(exit).toHaveBeenCalled();
    said.mockRestore();
  });

  test('any other error is thrown as it is', async () => {
    await expect(start(() => Promise.reject(new TypeError('bug')))).rejects.toThrow('bug');
    expect(exit).not.toHaveBeenCalled();
  });

  test('it closes what it was made of before it exits', async () => {
    const starting = built(await freePort());
    await start(() => starting);
    process.emit('SIGTERM');
    await until('it exited', () => exit.mock.calls.length > 0);
    expect(starting.close).toHaveBeenCalledTimes(1);
    expect(exit.mock.calls).toEqual([[0]]);
  });
});
