import { runInThisContext } from 'node:vm';

/** How something that a test started comes to its end. */
type Ending = {
  /** Kindly, after the last test of the file. */
  stop(): Promise<void> | void;
  /** At once and without waiting, when the whole process ends. */
  kill(): void;
};

// jest gives tests a copy of `process` whose events never fire; this is the true one.
const thisProcess: NodeJS.Process = runInThisContext('process');
const deadlySignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const endings = new Set<Ending>();

// Not imported from @jest/globals, so that scripts outside of jest can start the same parts.
const { afterAll } = globalThis as { afterAll?: (hook: () => Promise<void>, timeoutMs: number) => void };
afterAll?.(endAll, 60_000);

/**
 * Sees to it that what a test started is gone after the last test of its file, or when the process ends earlier,
 * by Ctrl-C too. What was started last ends first. Gives the function that ends it now.
 */
export function endWithTests(ending: Ending): () => Promise<void> {
  if (endings.size === 0) listen();
  endings.add(ending);
  return () => end(ending);
}

async function end(ending: Ending): Promise<void> {
  if (!endings.has(ending)) return;
  await ending.stop();
  endings.delete(ending);
  if (endings.size === 0) stopListening();
}

async function endAll(): Promise<void> {
  for (const ending of [...endings].reverse()) await end(ending);
}

function killAll(): void {
  for (const ending of [...endings].reverse()) ending.kill();
}

function killAllAndDie(signal: NodeJS.Signals): void {
  killAll();
  stopListening();
  thisProcess.kill(thisProcess.pid, signal);
}

function listen(): void {
  thisProcess.on('exit', killAll);
  for (const signal of deadlySignals) thisProcess.on(signal, killAllAndDie);
}

function stopListening(): void {
  thisProcess.off('exit', killAll);
  for (const signal of deadlySignals) thisProcess.off(signal, killAllAndDie);
}
