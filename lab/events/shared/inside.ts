import type { Event } from '../../event.ts';
import { dockerOn } from '../../nodes.ts';
import type { RunningTask, Stack } from '../../stack.ts';

/** Everything that the stack runs. */
export const everyService = [
  'anchor',
  'nginx',
  'service1',
  'service2',
  'service3',
  'service4',
  'db',
] as const;

/** Runs bash in a task's container and gives its output; what fails gives an empty text. */
export function inside({ node, container }: RunningTask, line: string): Promise<string> {
  return dockerOn(node, ['exec', container, 'bash', '-c', line]).catch(() => '');
}

/** A running task of the service. Throws if there is none, since then nothing is proven. */
export async function taskOf(stack: Stack, service: string): Promise<RunningTask> {
  const [task] = await stack.running(service);
  if (!task) throw new Error(`${service} has no task, so nothing is proven.`);
  return task;
}

/** Runs SQL as MySQL's root and gives the rows, in tabs and lines; what fails gives an empty text. */
export async function sql(stack: Stack, statements: string): Promise<string> {
  const client = 'mysql --user=root --default-character-set=utf8mb4 --skip-column-names motorpool';
  return inside(await taskOf(stack, 'db'), `${client} --execute="${statements}"`);
}

/** Runs a module of JavaScript in a task of service 1, which has mysql2 and a password, and gives what it prints. */
export async function inService1(stack: Stack, script: string, input = ''): Promise<string> {
  const { node, container } = await taskOf(stack, 'service1');
  const module = ['node', '--input-type=module', '--eval', script];
  return dockerOn(node, ['exec', '--interactive', container, ...module], input);
}

/** An event that needs no load, and of which only what is wrong is worth telling. */
export function lookAt(group: string, name: string, promise: string, look: () => Promise<string[]>): Event {
  return { name, group, promise, load: null, happen: async () => ({ problems: await look(), figures: {} }) };
}
