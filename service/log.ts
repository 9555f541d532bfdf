import { type Logger, pino } from 'pino';
import type { CommonSettings } from './common-settings.ts';
import { requestContext } from './context.ts';

export type { Logger };

/** A logger that writes a JSON line each to standard output, with the request's id where there is a request. */
export function createLog(service: string, settings: CommonSettings): Logger {
  return pino({
    level: settings.LOG_LEVEL,
    base: { service, instance: settings.INSTANCE, version: settings.VERSION },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: label => ({ level: label }) },
    mixin: () => {
      const context = requestContext.getStore();
      return context ? { requestId: context.requestId } : {};
    },
  });
}
