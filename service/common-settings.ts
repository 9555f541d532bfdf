import { hostname } from 'node:os';
import { filledIn, oneOf, optionalUrl, ownAddress, type Settings, text, wholeNumber } from './settings.ts';

/** The settings that every service has; a service gives its own port. */
export function commonSettings(port: number) {
  return {
    PORT: wholeNumber('the TCP port to listen on', 1, 65535, port),
    HOST: ownAddress('the address to listen on; without it every one'),
    LOG_LEVEL: oneOf(
      'the least level that is logged',
      ['fatal', 'error', 'warn', 'info', 'debug', 'silent'],
      'info',
    ),
    DRAIN_MS: wholeNumber('how long to serve on after SIGTERM, in milliseconds', 0, 60_000, 3000),
    METRICS: oneOf('at which of its addresses /metrics answers', ['every', 'loopback'], 'every'),
    KEEP_ALIVE_MS: wholeNumber('how long an idle connection is kept, in milliseconds', 1, 600_000, 75_000),
    VERSION: text('the version of this release', 'dev'),
    REVISION: text('the commit of this release', 'unknown'),
    INSTANCE: text('the name of this instance', hostname()),
    NODE: filledIn('the node that this instance runs on'),
    SLOT: filledIn('which replica of its service this one is'),
    OTEL_EXPORTER_OTLP_ENDPOINT: optionalUrl('who collects spans by OTLP/HTTP; without it nobody'),
    NODE_ENV: text('"production" in containers', 'development'),
  };
}

/** The values of the settings that every service has. */
export type CommonSettings = Settings<ReturnType<typeof commonSettings>>;
