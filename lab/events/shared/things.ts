import type { Stack } from '../../stack.ts';

/** The swarm's services and the tasks that run, a line each, which is another one as soon as somebody has touched it. */
export async function thingsOf(stack: Stack): Promise<string[]> {
  const services = (await stack.docker(['service', 'ls', '--quiet'])).split('\n');
  const running = ['--no-trunc', '--filter=desired-state=running', '--format=task {{.Name}} {{.ID}}'];
  const lists = await Promise.all([
    stack.docker(['service', 'inspect', '--format=service {{.Spec.Name}} {{.Version.Index}}', ...services]),
    stack.docker(['service', 'ps', ...running, ...services]),
  ]);
  return lists.flatMap(list => list.split('\n'));
}

/** What is not there any more of such lines, and what has come. */
export function differences(before: string[], after: string[]): string[] {
  const gone = before.filter(thing => !after.includes(thing)).map(thing => `is gone: ${thing}`);
  return [...gone, ...after.filter(thing => !before.includes(thing)).map(thing => `is new: ${thing}`)];
}
