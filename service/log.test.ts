import { expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { commonSettings } from './common-settings.ts';
import { requestContext } from './context.ts';
import { createLog } from './log.ts';
import { readSettings } from './settings.ts';

function createdLog(environment: NodeJS.ProcessEnv = {}) {
  const lines: Record<string, unknown>[] = [];
  const settings = readSettings(commonSettings(1), { INSTANCE: 'one', VERSION: '1.2.3', ...environment });
  const log = createLog('service9', settings);
  const stream: { write(line: string): void } = Reflect.get(log, pino.symbols.streamSym);
  jest.spyOn(stream, 'write').mockImplementation(line => void lines.push(JSON.parse(line)));
  return { log, lines };
}

test('a line says when, how grave, and who wrote it', () => {
  const { log, lines } = createdLog();
  log.info({ port: 80 }, 'listening');
  expect(lines).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: 'service9',
      instance: 'one',
      version: '1.2.3',
      port: 80,
      msg: 'listening',
    },
  ]);
});

test('every line that is written while a request is served has its id', () => {
  const { log, lines } = createdLog();
  requestContext.run({ requestId: 'id-of-this-request', timings: [] }, () => log.warn('inside'));
  log.warn('outside');
  expect(lines.map(({ requestId }) => requestId)).toEqual(['id-of-this-request', undefined]);
});

test('an error is written with its stack and its cause', () => {
  const { log, lines } = createdLog();
  log.error({ err: new Error('above', { cause: new Error('below') }) }, 'failed');
  expect(lines[0]?.err).toMatchObject({
    message: 'above: below',
    stack: expect.stringContaining('log.test'),
  });
});

test('what is below LOG_LEVEL is not written', () => {
  const { log, lines } = createdLog({ LOG_LEVEL: 'warn' });
  log.info('quiet');
  log.warn('loud');
  expect(lines.map(({ msg }) => msg)).toEqual(['loud']);
});
