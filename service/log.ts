import { type Logger, pino } from 'pino';
import type { CommonSettings } from './common-settings.ts';
import { requestContext } from './context.ts';

export type { Logger };

/**
 * A logger that writes a JSON line each to standard output, with the request's id where there is a request.
 * Lines are written together, at most 100 ms late and at exit; only a kill loses the last ones.
 */
export function createLog(service: string, settings: CommonSettings): Logger {
  const output = pino.destination({ sync: false, minLength: 16_000, periodicFlush: 100 });
  const options = {
    level: settings.LOG_LEVEL,
    base: { service, instance: settings.INSTANCE, version: settings.VERSION },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: () => ({ requestId: requestContext.getStore()?.requestId }),
  };
  return pino(options, output);
}
