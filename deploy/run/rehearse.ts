import { setTimeout as pause } from 'node:timers/promises';
import { heedInterruption } from '../history/interruption.ts';
import { docker } from '../swarm/docker.ts';
import { engine } from '../swarm/engine.ts';
import type { Failure } from './converge.ts';

const patienceMs = 30_000;
const graceSeconds = 20;
const label = 'motorpool.rehearsal-of';

/**
 * Starts an image once, alone and with no network, before it may touch the stack: it must start, pass its own health
 * check, and stop with exit code 0 when it is asked to. The last is what no health check can see, and what drops
 * requests at the *next* update. Gives the failure, or null.
 */
export async function rehearse(stack: string, service: string, image: string): Promise<Failure | null> {
  const box = '--network none --read-only --tmpfs /tmp --cap-drop ALL --health-interval 1s'.split(' ');
  const settings = '--env NODE_ENV=rehearsal --env DB_FILE=/tmp/rehearsal.sqlite --env DRAIN_MS=0'.split(' ');
  const how = ['--detach', '--pull', 'missing', '--label', `${label}=${stack}`, ...box, ...settings];
  const id = await docker(['run', ...how, image]).catch(error => error as Error);
  if (id instanceof Error) return { service, reason: 'cannot be started', task: id.message, log: '' };
  const container = id.stdout.trim();
  try {
    const reason = (await startsHealthily(container)) ?? (await stopsWell(container));
    return reason === null
      ? null
      : { service, reason: `failed its rehearsal: ${reason}`, task: image, log: await logOf(container) };
  } finally {
    await remove(container);
  }
}

/** Removes the containers of a stack's rehearsals that were killed in the middle. */
export async function endLeftRehearsals(stack: string): Promise<void> {
  const filters = { label: [`${label}=${stack}`] };
  const left = await engine.get<{ Id: string }[]>('/containers/json', { all: true, filters });
  for (const { Id } of left) await remove(Id);
}

function remove(container: string): Promise<void> {
  return engine.remove(`/containers/${container}?force=true&v=true`);
}

async function startsHealthily(container: string): Promise<string | null> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const { Status: status, ExitCode: code, Health: health } = await stateOf(container);
    if (status === 'exited') return `it exits at start, with code ${code}`;
    if (health?.Status === 'healthy') return null;
    if (health?.Status === 'unhealthy') return `it is not healthy: ${health.Log.at(-1)?.Output.trim()}`;
    await pause(200);
    heedInterruption();
  }
  return `it is not healthy after ${patienceMs / 1000} s: ${(await stateOf(container)).Health?.Log.at(-1)?.Output.trim()}`;
}

async function stopsWell(container: string): Promise<string | null> {
  await docker(['stop', '--time', String(graceSeconds), container]);
  const { ExitCode: code } = await stateOf(container);
  if (code === 137) return `it ignores SIGTERM, and had to be killed after ${graceSeconds} s`;
  return code === 0 ? null : `it stops with exit code ${code} instead of 0`;
}

type State = { Status: string; ExitCode: number; Health?: { Status: string; Log: { Output: string }[] } };

async function stateOf(container: string): Promise<State> {
  return (await engine.get<{ State: State }>(`/containers/${container}/json`)).State;
}

async function logOf(container: string): Promise<string> {
  const { stdout, stderr } = await docker(['logs', '--tail', '10', container]);
  return `${stdout}${stderr}`.trim();
}
