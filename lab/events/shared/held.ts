import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { dockerClient } from '../../engine.ts';
import type { Finding } from '../../event.ts';
import { dockerOn } from '../../nodes.ts';
import type { RunningTask, Stack } from '../../stack.ts';

/** A door at which something is held open: from where, what (see visitor.ts), and what must become of it. */
export type Door = { name: string; node: string[]; args: string[]; wanted: RegExp };

/**
 * Lets something happen while connections are held open, and adds to its problems what became of those that did not
 * end as wanted. A request that is held at a door is sent to its end when nobody new is let in there any more.
 */
export async function whileHeld(doors: Door[], work: () => Promise<Finding>): Promise<Finding> {
  const held = await Promise.all(doors.map(hold));
  const outcomes = () => Promise.all(held.map(({ finish }) => finish()));
  const finding = await work().catch(async error => {
    await outcomes();
    throw error;
  });
  const became = await outcomes();
  const wrong = doors.flatMap(({ name, wanted }, index) =>
    wanted.test(became[index] ?? '') ? [] : [`what was held open at ${name}: ${became[index]}`],
  );
  return { ...finding, problems: [...finding.problems, ...wrong] };
}

/** A request that NGINX has accepted, held from this machine; it must be answered. */
export function requestAtNginx(target: string): Door {
  const args = [new URL(target).hostname, '80', '/nginx-health'];
  return { name: `NGINX of ${target}`, node: [process.execPath], args, wanted: /^HTTP\S+ 201 Created$/ };
}

/** A request at each replica of service 1, past NGINX; it must be answered by one that has announced that it goes. */
export async function requestsAtReplicas(stack: Stack): Promise<Door[]> {
  return atReplicas(stack, [], /^HTTP\S+ 201 Created, announced$/);
}

/** A connection to each replica of service 1 that has nothing to do; it must be kept for so many seconds. */
export function idleAtReplicas(stack: Stack, seconds: number): Promise<Door[]> {
  return atReplicas(stack, [String(seconds)], /^kept$/);
}

/** Node.js in a task's container. */
export async function nodeIn({
  node,
  container,
}: Pick<RunningTask, 'node' | 'container'>): Promise<string[]> {
  const inside = ['exec', '--interactive', container, 'node'];
  return [await dockerClient(), 'exec', '--interactive', node.container, 'docker', ...inside];
}

// From a task of service 2, which is in a network with service 1 and has Node.js too.
async function atReplicas(stack: Stack, args: string[], wanted: RegExp): Promise<Door[]> {
  const [visitor] = await stack.running('service2');
  if (!visitor) throw new Error('No task of service2 runs.');
  const node = await nodeIn(visitor);
  const where = '{{.NetworkSettings.Networks.motorpool_parts.IPAddress}}';
  return Promise.all(
    (await stack.running('service1')).map(async task => {
      const address = await dockerOn(task.node, ['inspect', '--format', where, task.container]);
      return { name: `service1 ${task.instance}`, node, args: [address, '5000', '/health', ...args], wanted };
    }),
  );
}

async function hold({ name, node: [command = '', ...before], args }: Door) {
  const program = await readFile(join(import.meta.dirname, 'visitor.ts'), 'utf8');
  const how = ['--input-type=module-typescript', '--eval', program, '--', ...args];
  const child = spawn(command, [...before, ...how], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value ?? 'no word came of it';
  const first = await next();
  if (first !== 'held') throw new Error(`Nothing could be held open at ${name}: ${first}`);
  return {
    finish(): Promise<string> {
      child.stdin.end();
      return next();
    },
  };
}
