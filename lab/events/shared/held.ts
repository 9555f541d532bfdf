import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Finding } from '../../event.ts';
import { dockerOn } from '../../nodes.ts';
import { dockerClient } from '../../run.ts';
import type { RunningTask, Stack } from '../../stack.ts';
import { taskOf } from './inside.ts';

/** A door at which something (`what`) is held open: where, by which Node.js, how (see visitor.ts), and how it must end. */
export type Door = { what: string; name: string; node: string[]; args: string[]; wanted: RegExp };

/**
 * Lets something happen while connections are held open, and adds to its figures what became of each, and to its
 * problems those that did not end as wanted. A held request is sent to its end when nobody new is let in any more.
 */
export async function whileHeld(doors: Door[], work: () => Promise<Finding>): Promise<Finding> {
  const held = await Promise.all(doors.map(hold));
  const ends: string[] = [];
  const found = await work().finally(async () => {
    ends.push(...(await Promise.all(held.map(finish => finish()))));
  });
  const outcomes = doors.map((door, index) => ({ ...door, end: ends[index] ?? '' }));
  const wrong = outcomes.filter(({ wanted, end }) => !wanted.test(end));
  const byWhat = Map.groupBy(outcomes, ({ what }) => what);
  const figures = [...byWhat].map(([what, same]) => [
    what,
    [...new Set(same.map(({ end }) => end))].join(', '),
  ]);
  return {
    problems: [...found.problems, ...wrong.map(({ what, name, end }) => `${what} at ${name}: ${end}`)],
    figures: { ...found.figures, ...Object.fromEntries(figures) },
  };
}

/** A request that NGINX has accepted, held from this machine; it must be answered. */
export function requestAtNginx(target: string): Door {
  const args = [new URL(target).hostname, '80', '/nginx-health'];
  return { what: 'a held request', name: target, node: [process.execPath], args, wanted: /^201 Created/ };
}

/** A request at each replica of service 1, past NGINX; it must be answered by one that has announced that it goes. */
export function requestsAtReplicas(stack: Stack): Promise<Door[]> {
  return atReplicas(stack, 'a held request', [], /^201 Created, announced/);
}

/** A connection to each replica of service 1 that has nothing to do; it must be kept for so many seconds. */
export function idleAtReplicas(stack: Stack, seconds: number): Promise<Door[]> {
  return atReplicas(stack, 'an idle connection', [String(seconds)], /^kept$/);
}

/** Node.js in a container. */
export async function nodeIn({
  node,
  container,
}: Pick<RunningTask, 'node' | 'container'>): Promise<string[]> {
  const inside = ['exec', '--interactive', container, 'node'];
  return [await dockerClient(), 'exec', '--interactive', node.container, 'docker', ...inside];
}

// From a task of service 2, which is in a network with service 1 and has Node.js too.
async function atReplicas(stack: Stack, what: string, more: string[], wanted: RegExp): Promise<Door[]> {
  const node = await nodeIn(await taskOf(stack, 'service2'));
  const format = '{{.NetworkSettings.Networks.motorpool_parts.IPAddress}}';
  const tasks = await stack.running('service1');
  return Promise.all(
    tasks.map(async task => {
      const address = await dockerOn(task.node, ['inspect', '--format', format, task.container]);
      const args = [address, '5000', '/health', ...more];
      return { what, name: `service1 ${task.instance}`, node, args, wanted };
    }),
  );
}

/** Holds something open, and gives the way to its end. */
async function hold({ node: [command = '', ...before], args }: Door): Promise<() => Promise<string>> {
  const program = await readFile(join(import.meta.dirname, 'visitor.ts'), 'utf8');
  const how = ['--input-type=module-typescript', '--eval', program, '--', ...args];
  const child = spawn(command, [...before, ...how], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {}); // it may have ended already
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value ?? 'no word came of it';
  const first = await next();
  return async () => {
    child.stdin.end();
    return first === 'held' ? next() : first;
  };
}
