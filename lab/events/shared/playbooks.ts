import { isTask, type Played } from '../../ansible.ts';
import type { Stack } from '../../stack.ts';
import { taskOf } from './inside.ts';

/** The argument for the playbook that keeps the version that service 1 runs now. */
export async function playVersion(stack: Stack): Promise<string[]> {
  const { image } = await taskOf(stack, 'service1');
  return asVersion(image.slice(image.lastIndexOf(':') + 1));
}

/** The argument for the playbook that brings about a version. */
export function asVersion(version: string): string[] {
  return ['--extra-vars', `release_version=${version}`];
}

/** What a run changed or would change that should have changed nothing, with the lines that say so. */
export function changesOf({ changed, output }: Pick<Played, 'changed' | 'output'>): string[] {
  if (changed.size === 0) return ['the run counted no host, so nothing is proven'];
  const counts = [...changed].filter(([, count]) => count > 0).map(([host, count]) => `${host} ${count}`);
  return counts.length === 0 ? [] : [`it changed ${counts.join(', ')}: ${changedLines(output).join(' | ')}`];
}

/** The lines of an output that say that something changed or would change, each with its task. */
export function changedLines(output: string): string[] {
  let task = '';
  return output.split('\n').flatMap(line => {
    if (isTask(line)) task = line.replace(/ \*+$/, '');
    return line.startsWith('changed: ') ? [`${task} ${line}`] : [];
  });
}

/** What an output should say and does not. */
export function unsaid(output: string, sentences: RegExp[]): string[] {
  return sentences.filter(said => !said.test(output)).map(said => `it does not say ${said}`);
}

/** Whether the output of a run that was killed ends within the task, before the host had done it. */
export function endsWithin(output: string, task: string, host: string): boolean {
  const lines = output.split('\n');
  const last = lines.findLastIndex(isTask);
  const isDone = lines.slice(last + 1).some(line => /^\w+: \[([^\] ]+)/.exec(line)?.[1] === host);
  return lines[last]?.startsWith(`TASK [${task}]`) === true && !isDone;
}
