import { expect, test } from '@jest/globals';
import { commonSettings } from './common-settings.ts';
import { readSettings } from './settings.ts';

test('a service that is told nothing listens everywhere on its own port, and drains for three seconds', () => {
  const settings = readSettings(commonSettings(5001), {});
  expect(settings).toMatchObject({
    PORT: 5001,
    HOST: undefined,
    DRAIN_MS: 3000,
    LOG_LEVEL: 'info',
    VERSION: 'dev',
  });
  expect(settings.INSTANCE).not.toBe('');
});

test('every setting says what it means', () => {
  for (const { meaning } of Object.values(commonSettings(1))) expect(meaning).toMatch(/\w+ \w+/);
});

test('every wrong value is named at once', () => {
  const environment = {
    PORT: '0',
    LOG_LEVEL: 'loud',
    DRAIN_MS: 'long',
    KEEP_ALIVE_MS: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
  };
  expect(() => readSettings(commonSettings(1), environment)).toThrow(
    /PORT.+LOG_LEVEL.+DRAIN_MS.+KEEP_ALIVE_MS.+OTEL_EXPORTER_OTLP_ENDPOINT/s,
  );
});
