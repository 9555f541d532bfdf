import type { Played } from '../ansible.ts';
import type { Stack } from '../stack.ts';

/** The argument for the playbook that keeps the version that service 1 runs now. */
export async function playVersion(stack: Stack): Promise<string[]> {
  const [task] = await stack.running('service1');
  if (!task) throw new Error('Service 1 has no task, so its version is unknown.');
  return asVersion(task.image.slice(task.image.lastIndexOf(':') + 1));
}

/** The argument for the playbook that brings about a version. */
export function asVersion(version: string): string[] {
  return ['--extra-vars', `release_version=${version}`];
}

/** What a run changed or would change that should have changed nothing, with the lines that say so. */
export function changesOf({ hosts, output }: Played): string[] {
  if (hosts.size === 0) return ['the run counted no host, so nothing is proven'];
  const changed = [...hosts].filter(([, counts]) => counts.changed > 0);
  if (changed.length === 0) return [];
  const counts = changed.map(([host, counts]) => `${host} changed=${counts.changed}`).join(', ');
  return [`${counts}: ${changedLines(output).join(' | ')}`];
}

/** The lines of an output that say that something changed or would change, each with its task. */
export function changedLines(output: string): string[] {
  let task = '';
  return output.split('\n').flatMap(line => {
    if (line.startsWith('TASK [')) task = line.replace(/ \*+$/, '');
    return line.startsWith('changed: ') ? [`${task} ${line}`] : [];
  });
}
