import type { Server } from 'node:http';
import { config } from 'dotenv';
import { createHttpServer } from './http-server.ts';
import type { Service } from './service.ts';
import { SettingsError } from './settings.ts';
import { stopper } from './stop.ts';
import { tracing } from './trace.ts';
import { warmUp } from './warm-up.ts';

/** What a service is made of at start, what to close when it stops, and a path that it asks itself for to be warm. */
export type Starting = { service: Service; close?: () => Promise<void>; warmUpPath?: string };

/**
 * Starts a service: reads .env, builds it, listens, and stops in good order on SIGTERM, SIGINT or when the parent
 * that forked it is gone. What is wrong at start is said in one sentence each, with exit code 1.
 */
export async function start(
  build: (environment: NodeJS.ProcessEnv) => Promise<Starting> | Starting,
): Promise<void> {
  config({ quiet: true });
  try {
    const { service, close, warmUpPath } = await build(process.env);
    const server = createHttpServer(service);
    const closeAll = async () => void (await Promise.all([close?.(), tracing.tracer?.close()]));
    stopOnSignal(server, service, closeAll); // first: PID 1 of a container does not even hear what it does not listen for
    if (service.settings.OTEL_EXPORTER_OTLP_ENDPOINT)
      tracing.tracer = (await import('./otlp.ts')).createTracer(service);
    if (warmUpPath) await warmUp(server, service, warmUpPath);
    await listen(server, service);
    service.log.info({ port: service.settings.PORT }, 'listening');
  } catch (error) {
    if (!(error instanceof StartError || error instanceof SettingsError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
    process.exit();
  }
}

/** Why a service cannot start, in a sentence that says what to do. */
export class StartError extends Error {}

function listen(server: Server, { settings: { PORT: port, HOST: host } }: Service): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const what =
        error.code === 'EADDRINUSE'
          ? `Port ${port} is taken; stop what listens there, or`
          : `Nothing can listen at ${host ?? 'any address'}, port ${port} (${error.code});`;
      const setting = error.code === 'EADDRNOTAVAIL' ? 'HOST' : 'PORT';
      reject(new StartError(`${what} set ${setting} to another one.`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

function stopOnSignal(server: Server, { log, settings }: Service, close: () => Promise<void>): void {
  const stopServer = stopper(server, close);
  let stopping = false;
  const stop = async (reason: string) => {
    stopping = true;
    log.info({ reason, drainMs: settings.DRAIN_MS }, 'stopping');
    await stopServer(settings.DRAIN_MS);
    log.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => (stopping ? process.exit(1) : void stop(signal)));
  }
  process.on('disconnect', () => stopping || void stop('parent gone'));
}
